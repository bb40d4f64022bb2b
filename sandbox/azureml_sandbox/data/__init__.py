"""What Azure's data services hold, over the model: blobs, vault secrets, shared access signatures."""
