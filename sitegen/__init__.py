"""sitegen: a static, searchable archive site from article text.

Start reading in `sitegen.pipeline.build_site` and `sitegen.pipeline.ingest_articles`.
"""

__version__ = "0.1.0"
