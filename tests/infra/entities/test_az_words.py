"""Every word that azure-ai-ml takes in a kind's file is taken here, or words.csv says why not."""

from kit import az_words


def test_each_word_of_azure_ai_ml_is_taken_or_refused_for_a_reason() -> None:
    assert [one for one in az_words.all_missing() if az_words.reason_of(*one) is None] == []


def test_each_line_of_the_reasons_is_needed() -> None:
    used = {az_words.reason_of(*one) for one in az_words.all_missing()}
    assert [one for one in az_words.reasons() if one not in used] == []


def test_the_walk_sees_what_is_missing() -> None:
    found = dict.fromkeys(word for _, word in az_words.all_missing())
    assert "create_monitor.monitoring_signals: model_performance" in found
