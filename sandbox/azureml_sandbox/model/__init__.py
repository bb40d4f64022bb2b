"""The model of Azure below its services: records, types, time, operations. Knows no service, no HTTP and no Pulumi."""
