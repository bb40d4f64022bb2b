"""What a model monitor runs: a pipeline job, each time that its schedule fires.

It has a step for each signal, of the component that Azure has for it
(https://github.com/Azure/azureml-assets, assets/model_monitoring/components), or of the signal's own. Nothing is
measured.
"""

import re

from azureml_sandbox.model.bodies import Body, dig

_COMPONENT = "azureml://registries/azureml/components/{}/labels/default"
_NAMES = {
    "datadrift": "data_drift_signal_monitor",
    "dataquality": "data_quality_signal_monitor",
    "predictiondrift": "prediction_drift_signal_monitor",
    "featureattributiondrift": "feature_attribution_drift_signal_monitor",
}


def job_of(name: str, definition: Body) -> Body | None:
    """Return the job of a monitor, whose schedule has a name; None where it has no signal."""
    given = definition.get("signals")
    signals = {key: one for key, one in given.items() if isinstance(one, dict)} if isinstance(given, dict) else {}
    steps = {re.sub(r"\W", "_", key): _step(key, one, definition) for key, one in signals.items()}
    if not steps:
        return None
    return {"jobType": "Pipeline", "experimentName": name, "settings": {"default_compute": "serverless"}, "jobs": steps}


def _step(name: str, signal: Body, definition: Body) -> Body:
    kind = str(signal.get("signalType")).lower()
    own = signal.get("componentId") if kind == "custom" else None
    resources = {
        "instance_type": dig(definition, "computeConfiguration.instanceType"),
        "runtime_version": dig(definition, "computeConfiguration.runtimeVersion"),
    }
    return {
        "type": "pipeline",
        "display_name": name,
        "componentId": own or _COMPONENT.format(_NAMES.get(kind, kind)),
        "resources": {key: value for key, value in resources.items() if value},
    }
