"""az ml's words for the properties of ARM's bodies that rules look at, and for their values.

Keys are dotted paths below `properties`, in lower case. infra's entities have all of the words, but policies work
without infra: a test compares the two.
"""

from collections.abc import Mapping

AZ_ML: Mapping[str, str] = {
    "vmsize": "size",
    "vmpriority": "tier",
    "scalesettings.maxnodecount": "max_instances",
    "scalesettings.minnodecount": "min_instances",
    "scalesettings.nodeidletimebeforescaledown": "idle_time_before_scale_down",
    "idletimebeforeshutdown": "idle_time_before_shutdown_minutes",
    "enablenodepublicip": "enable_node_public_ip",
    "remoteloginportpublicaccess": "ssh_public_access_enabled",
    "sshsettings.sshpublicaccess": "ssh_public_access_enabled",
    "schedules.computestartstop": "schedules.compute_start_stop",
    "subnet.id": "network_settings.subnet",
    "useraccountcredentials": "ssh_settings",
    "instancetype": "instance_type",
    "nodesize": "node_size",
    "autoscale.maxnodecount": "nodes",
    "sku.capacity": "instance_count",
    "resources.instancetype": "resources.instance_type",
    "resources.instancecount": "resources.instance_count",
    "scalesettings.maxinstances": "scale_settings.max_instances",
    "queuesettings.jobtier": "queue_settings.job_tier",
    "authmode": "auth_mode",
    "publicnetworkaccess": "public_network_access",
    "egresspublicnetworkaccess": "egress_public_network_access",
    "hbiworkspace": "hbi_workspace",
    "computename": "name",
    "computetype": "type",
}

VALUES: Mapping[str, Mapping[str, str]] = {
    "vmpriority": {"dedicated": "dedicated", "lowpriority": "low_priority"},
    "remoteloginportpublicaccess": {"enabled": "true", "disabled": "false"},
    "sshsettings.sshpublicaccess": {"enabled": "true", "disabled": "false"},
    "queuesettings.jobtier": {"spot": "spot", "basic": "basic", "standard": "standard", "premium": "premium"},
    "authmode": {"key": "key", "amltoken": "aml_token", "aadtoken": "aad_token"},
    "egresspublicnetworkaccess": {"enabled": "enabled", "disabled": "disabled"},
}
"""What az ml calls the values of such a property, by ARM's in lower case."""
