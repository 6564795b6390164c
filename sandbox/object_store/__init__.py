"""An object store that speaks as much of S3 as a shop needs, in memory, and checks each signature for real."""
