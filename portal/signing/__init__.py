"""The contract: shown, signed by code and name, sealed by a worker, downloaded."""
