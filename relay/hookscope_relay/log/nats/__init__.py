"""The log on NATS JetStream, which several relay nodes share."""
