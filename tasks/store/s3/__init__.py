"""A store in a bucket: `backend` uploads and downloads its files, `lease` decides which machine may write, `bucket` speaks S3."""
