"""Listen to signals of other processes: subscriptions, durable consumers, retries and presence."""
