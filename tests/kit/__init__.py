"""What tests share: clouds, programs, servers, clients and hosts to run against, and data to compare with."""
