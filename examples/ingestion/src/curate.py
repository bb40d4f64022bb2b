"""Leave out claims that came in twice or say no amount; runs on Spark."""

import argparse

from pyspark.sql import SparkSession

parser = argparse.ArgumentParser()
parser.add_argument("--raw", required=True)
parser.add_argument("--clean", required=True)
given = parser.parse_args()

spark = SparkSession.builder.getOrCreate()
table = spark.read.csv(given.raw, header=True, inferSchema=True)
table.dropDuplicates().dropna(subset=["amount"]).write.mode("overwrite").parquet(given.clean)
