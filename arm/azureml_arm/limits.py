"""What Azure ML documents as limits of its own, for those who check before and for the model of Azure."""

import datetime

SCHEDULES = 4
"""Schedules of a compute instance
(https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance#schedule-automatic-start-and-stop)."""
SHORTEST_IDLE, LONGEST_IDLE = datetime.timedelta(minutes=15), datetime.timedelta(days=3)
"""How long a compute instance may be idle before it stops
(https://learn.microsoft.com/azure/machine-learning/how-to-create-compute-instance#configure-idle-shutdown)."""
MIRROR = 50
"""Percent of the traffic that may be copied to one deployment
(https://learn.microsoft.com/azure/machine-learning/how-to-safely-rollout-online-endpoints)."""
KUBERNETES_NAMES = 62
"""Characters of the names of a Kubernetes endpoint and of its deployment together
(https://learn.microsoft.com/azure/machine-learning/how-to-manage-quotas)."""
SELF_SERVING = ("mlflow_model", "triton_model")
"""Models that are served without code and environment
(https://learn.microsoft.com/azure/machine-learning/how-to-deploy-mlflow-models-online-endpoints,
https://learn.microsoft.com/azure/machine-learning/how-to-deploy-with-triton). A container that serves by itself says
its routes in its environment (https://learn.microsoft.com/azure/machine-learning/how-to-deploy-custom-container)."""
