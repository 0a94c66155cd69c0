"""`_rank_eval`: searches with judged hits, and a metric of how well the one fits the other.

Sources: `modules/rank-eval` of Elasticsearch and OpenSearch, whose names are kept. The engine measures its own order; here the
searches go to it as one `_msearch`, are reranked as any others are, and are measured as it would measure them.
"""

from searchrerank.dialects.elastic.rank_eval.plan import plan_rank_eval

__all__ = ["plan_rank_eval"]
