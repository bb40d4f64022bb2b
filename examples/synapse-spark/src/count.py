"""Count the claims of each region."""

import argparse

from pyspark.sql import SparkSession

arguments = argparse.ArgumentParser()
arguments.add_argument("--claims")
arguments.add_argument("--counts")
given = arguments.parse_args()

claims = SparkSession.builder.getOrCreate().read.csv(given.claims, header=True)
claims.groupBy("region").count().write.mode("overwrite").parquet(given.counts)
