"""What az ml calls the properties of ARM's bodies, for messages about compute: infra's entities have all the words.

Keys are dotted paths below `properties`, in lower case. A test holds them against infra's entities.
"""

from __future__ import annotations

from collections.abc import Mapping

AZ_ML: Mapping[str, str] = {
    "vmsize": "size",
    "vmpriority": "tier",
    "scalesettings.maxnodecount": "max_instances",
    "scalesettings.minnodecount": "min_instances",
    "scalesettings.nodeidletimebeforescaledown": "idle_time_before_scale_down",
    "idletimebeforeshutdown": "idle_time_before_shutdown",
    "enablenodepublicip": "enable_node_public_ip",
    "remoteloginportpublicaccess": "ssh_public_access_enabled",
    "sshsettings.sshpublicaccess": "ssh_public_access_enabled",
    "schedules.computestartstop": "schedules",
    "computename": "name",
    "computetype": "type",
}
