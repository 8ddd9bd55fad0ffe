"""A store in a bucket: `place` says what is true there, `lease` who may write, `bucket` speaks S3."""
