"""The data plane of storage accounts: https://learn.microsoft.com/rest/api/storageservices/."""
