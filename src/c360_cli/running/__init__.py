"""Running an instance: servers, workers, processes, and who may run what."""
