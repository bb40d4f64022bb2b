#!/bin/sh
# Says which GPU this instance has.
nvidia-smi --query-gpu=name,memory.total --format=csv
