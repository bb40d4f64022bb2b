"""Turns transactions into features of their accounts."""

from __future__ import annotations

from typing import Any

WEEK = 7 * 24 * 3600


class TransactionTransformer:
    """What the feature store runs on each part of the source (a transformer of Spark's)."""

    def _transform(self, transactions: Any) -> Any:
        """Return the features of a Spark data frame of transactions."""
        from pyspark.sql import Window, functions

        window = Window.partitionBy("accountID").orderBy(functions.col("timestamp").cast("long")).rangeBetween(-WEEK, 0)
        return transactions.select(
            "accountID",
            "timestamp",
            functions.count("transactionID").over(window).alias("transaction_7d_count"),
            functions.sum("transactionAmount").over(window).alias("transaction_amount_7d_sum"),
        )
