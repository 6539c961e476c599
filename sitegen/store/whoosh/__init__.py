"""The local full-text index: a Whoosh index that is written with numpy and searched with numpy.

    fields.py      which fields there are, and how positions are packed
    postings.py    analysed words → posting lists, sorted with numpy (no disk)
    segments.py    posting lists → a Whoosh segment; the stock writer where Whoosh's codec is not the known one
    roster.py      beside each segment: its articles, their digests and lengths, and its words
    snapshot.py    one generation, opened: posting lists and statistics of the live articles
    query.py       what a person typed → a tree of clauses
    evaluate.py    clauses → matching articles and their scores
    suggest.py     "did you mean"
    snippet.py     the excerpt of a hit

`sitegen.store.whoosh_index` puts them together.
"""
