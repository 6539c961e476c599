"""The browser's client against the Python reference and against a search through the texts themselves."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from search_support import Client, ClientError, Text, corpus_of, random_archive, slug, url_of, write_index

from sitegen.model.date import EdtfDate
from sitegen.search.analysis import Analyzer, fold_words
from sitegen.search.reference import Reference

OpenClient = Callable[..., Client]


class Oracle:
    """Answers questions about an archive by reading every text."""

    def __init__(self, articles: Iterable[Text]) -> None:
        self.articles = list(articles)
        analyzer = Analyzer()

        def terms(text: str, language: str) -> list[str]:
            return [analyzer.terms[i] for i in analyzer.analyse(text, language)]

        self.title = {a.id: terms(a.title, a.language) for a in self.articles}
        self.body = {a.id: terms(a.text, a.language) for a in self.articles}
        self.spelled = {a.id: (fold_words(a.title), fold_words(a.text)) for a in self.articles}

    def word(self, word: str, *, title_only: bool = False) -> set[str]:
        analyzer = Analyzer()
        [term] = {analyzer.terms[i] for i in analyzer.analyse(word)}
        return {a.id for a in self.articles if term in self.title[a.id] or (not title_only and term in self.body[a.id])}

    def phrase(self, *words: str) -> set[str]:
        wanted = list(words)
        return {
            key
            for key, fields in self.spelled.items()
            if any(field[at : at + len(wanted)] == wanted for field in fields for at in range(len(field)))
        }

    def tagged(self, kind: str, name: str) -> set[str]:
        return {a.id for a in self.articles if any(k == kind and n == name for k, _, n in a.entities)}


@pytest.fixture(scope="module")
def oracle(archive_articles: list[Text]) -> Oracle:
    return Oracle(archive_articles)


def test_top_hits_equal_the_reference_for_random_queries(client: Client, archive_folder: Path) -> None:
    """Node and Python give the same ids, addresses, scores and totals for 500 random queries of all kinds."""
    reference = Reference(lambda path: (archive_folder / path).read_bytes())
    rng = random.Random(7)
    vocabulary = sorted({word for a in random_archive(60, 3) for word in a.text.split()})
    for _ in range(500):
        parts = rng.sample(vocabulary, rng.randint(1, 5))
        if rng.random() < 0.3:
            parts.append('"' + " ".join(rng.choices(vocabulary[:20], k=rng.randint(2, 4))) + '"')
        if rng.random() < 0.3:
            parts[0] = rng.choice("+-") + parts[0]
        if rng.random() < 0.2:
            parts.append("title:" + rng.choice(vocabulary))
        if rng.random() < 0.2:
            parts.append(rng.choice(("person:lindqvist", 'person:"Ada Vance"', "place:helm", "-source:star", "org:x")))
        if rng.random() < 0.3:
            parts.append(
                rng.choice(
                    (
                        "after:1959",
                        "before:1960-06-15",
                        "year:1961",
                        "after:1958-03-07",
                        "date:1959..1960-06",
                        "date:1961-12",
                    )
                )
            )
        query = " ".join(parts)
        expected = reference.search(query)
        found = client.search(query)
        assert [(h["id"], h["url"], h["score"]) for h in found["hits"]] == [
            (h.id, h.url, h.score) for h in expected.hits
        ], query
        assert (found["total"], found["any"]) == (expected.total, expected.any), query


def test_any_word_matches_and_total_counts_the_best_coverage(client: Client, oracle: Oracle) -> None:
    """Documents with both words are the total, those with either are found too."""
    found = client.search("telescope crater")
    both = oracle.word("telescope") & oracle.word("crater")
    either = oracle.word("telescope") | oracle.word("crater")
    assert (found["total"], found["any"], found["matched"]) == (len(both), len(either), 2)
    assert set(client.ids("telescope crater", sort="newest", limit=500)) == both


def test_other_forms_of_a_word_are_found(client: Client, oracle: Oracle) -> None:
    """Stems match: `telescopes` is not in the archive as such but its singular is."""
    assert client.search("engineers")["any"] == len(oracle.word("engineer"))


@pytest.mark.parametrize(
    "words", ["moon mars", "the moon", "of the", "probe of the", "the of and", "launch crew module", "to the moon of"]
)
def test_phrases_find_exactly_the_documents_that_hold_them(client: Client, oracle: Oracle, words: str) -> None:
    """Quoted words must follow each other, common words too."""
    assert set(client.ids(f'"{words}"', limit=700)) == oracle.phrase(*words.split())


def test_random_phrases_equal_reading_the_texts(client: Client, oracle: Oracle) -> None:
    """200 phrases of two to six words drawn from the texts give the documents that hold them."""
    rng = random.Random(5)
    for _ in range(200):
        words = rng.choice(oracle.articles).text.split()
        length = rng.randint(2, 6)
        at = rng.randrange(max(1, len(words) - length))
        phrase = words[at : at + length]
        if len(phrase) > 1:
            assert set(client.ids(f'"{" ".join(phrase)}"', limit=700)) == oracle.phrase(*phrase), phrase


def test_phrases_of_function_words_rank_by_how_often_they_stand_there(open_client: OpenClient) -> None:
    """Where no word scores, the phrase does; the newer of two that hold it as often comes first."""
    texts = (("a", "to be seen", "1990-05-01"), ("b", "to be or not to be", "1980-05-01"), ("c", "to be heard", "1991"))
    found = open_client([Text(key, "Moon", text, date) for key, text, date in texts])
    assert found.ids('"to be"') == ["b", "c", "a"]
    assert found.ids('"to be"', sort="newest") == ["c", "a", "b"]


def test_demanded_and_excluded_words(client: Client, oracle: Oracle) -> None:
    """`+` demands, `-` excludes, of phrases too."""
    found = set(client.ids("+moon soil -orbit", limit=700))
    assert found == oracle.word("moon") - oracle.word("orbit")
    found = set(client.ids('rover -"the moon"', limit=700))
    assert found == oracle.word("rover") - oracle.phrase("the", "moon")


def test_title_words(client: Client, oracle: Oracle) -> None:
    """`title:` looks at titles alone."""
    assert set(client.ids("title:crater", limit=700)) == oracle.word("crater", title_only=True)
    found = set(client.ids("moon -title:crater", limit=700))
    assert found == oracle.word("moon") - oracle.word("crater", title_only=True)


def test_names_by_word_and_whole(client: Client, oracle: Oracle) -> None:
    """`person:lindqvist` finds both bearers of the name, a quoted name one of them, `place:` likewise."""
    ada, boris = oracle.tagged("person", "Ada Lindqvist"), oracle.tagged("person", "Boris Lindqvist")
    assert set(client.ids("person:lindqvist", limit=700)) == ada | boris
    assert set(client.ids('person:"Ada Lindqvist"', limit=700)) == ada
    assert set(client.ids("person:ada-lindqvist", limit=700)) == ada


def test_filters_restrict_and_do_not_replace_words(client: Client, oracle: Oracle) -> None:
    """Typed or chosen, a filter leaves only documents that also have one of the plain words."""
    tagged = oracle.tagged("place", "Lake Orrin")
    either = oracle.word("moon") | oracle.word("crater")
    assert set(client.ids('place:"lake orrin" moon crater', limit=700)) == tagged & either
    assert set(client.ids("moon crater", filters={"place": "lake-orrin"}, limit=700)) == tagged & either
    assert set(client.ids('place:"lake orrin"', limit=700)) == tagged
    assert client.search('place:"lake orrin" zzzzzzzz')["any"] == 0
    found = client.search('place:"lake orrin" moon crater')
    assert found["total"] == len(tagged & oracle.word("moon") & oracle.word("crater"))
    assert set(client.ids("+moon crater", filters={"place": "lake-orrin"}, limit=700)) == tagged & oracle.word("moon")


def test_dates_limit_hits(client: Client, archive_articles: list[Text]) -> None:
    """`after:` is from that date on, `before:` earlier than it, `year:` the year; undated articles match none."""

    def dated(low: tuple[int, ...], high: tuple[int, ...]) -> set[str]:
        found = set()
        for article in archive_articles:
            date = EdtfDate.parse(article.date)
            if date and low <= (date.year, date.month, date.day) < high:
                found.add(article.id)
        return found

    assert set(client.ids("after:1959-05-11 before:1960-02-20", limit=700)) == dated((1959, 5, 11), (1960, 2, 20))
    assert set(client.ids("year:1961", limit=700)) == dated((1961,), (1962,))
    assert set(client.ids("before:1958", limit=700)) == dated((1,), (1958,))
    assert set(client.ids("", filters={"after": "1960-07"}, limit=700)) == dated((1960, 7), (9999,))
    assert set(client.ids("date:1960-03", limit=700)) == dated((1960, 3), (1960, 4))
    assert set(client.ids("date:1960-12..1961-02-03", limit=700)) == dated((1960, 12), (1961, 2, 4))
    assert set(client.ids("date:..1958", limit=700)) == dated((1,), (1959,))
    assert client.search("year:1800")["total"] == 0


def test_sorting_by_date(client: Client, archive_articles: list[Text]) -> None:
    """Newest and oldest first, of the documents with the best coverage."""
    date = {article.id: article.date for article in archive_articles}
    found = [date[i] for i in client.ids("after:1900 +moon", sort="newest", limit=700)]
    years = [d[:4] for d in found]
    assert years == sorted(years, reverse=True)
    assert [date[i] for i in client.ids("after:1900 +moon", sort="oldest", limit=700)] == found[::-1]


def test_pages_of_hits_join_without_gaps(client: Client) -> None:
    """Offset and limit cut one ranking."""
    whole = client.ids("moon rover soil", limit=60)
    assert (
        whole == [i for offset in range(0, 60, 7) for i in client.ids("moon rover soil", limit=7, offset=offset)][:60]
    )
    assert len(set(whole)) == 60


def test_hits_show_what_the_article_is(client: Client, archive_articles: list[Text]) -> None:
    """Title, address, date, source and the beginning of the text."""
    known = {article.id: article for article in archive_articles}
    for hit in client.search("station shuttle", limit=50)["hits"]:
        article = known[hit["id"]]
        assert (hit["title"], hit["date"], hit["source"]) == (article.title, article.date, article.source)
        assert hit["url"] == url_of(article)
        assert article.text.startswith(hit["snippet"].rstrip("…"))


def test_facets_count_the_best_coverage(client: Client, oracle: Oracle, archive_articles: list[Text]) -> None:
    """People, places, sources, years and months of the documents that `total` counts."""
    found = client.call("facets", "telescope crater", {})
    both = oracle.word("telescope") & oracle.word("crater")
    inside = [article for article in archive_articles if article.id in both]
    people = {value["label"]: value["count"] for value in found["facets"]["person"]}
    expected = {name: len(both & oracle.tagged("person", name)) for name in people}
    assert people == expected
    assert sum(value["count"] for value in found["facets"]["source"]) == len(both)
    assert {v["value"]: v["count"] for v in found["years"]} == {
        year: sum(a.date[:4] == year for a in inside) for year in {a.date[:4] for a in inside}
    }
    assert sum(month["count"] for month in found["months"]) == len(both)


def test_filters_are_the_facets_values(client: Client, oracle: Oracle) -> None:
    """A facet's value filters by it, and its count is the new total."""
    for kind, values in client.call("facets", "moon", {})["facets"].items():
        for value in values[:3]:
            assert client.search("moon", filters={kind: value["value"]})["total"] == value["count"], value


def test_a_slip_is_corrected(client: Client) -> None:
    """An unknown word is taken for its neighbour, and the correction is offered."""
    found = client.search("telescpoe crater")
    assert found["suggestion"] == "telescope crater"
    assert found["hits"] == client.search("telescope crater")["hits"]
    for slip in ("elescope", "telescop", "telescopee", "tellescope", "yelescope"):
        assert client.search(slip)["any"] == client.search("telescope")["any"], slip


def test_an_unfinished_last_word_is_completed(client: Client) -> None:
    """The last word may be the beginning of a word."""
    assert client.search("telesc")["any"] == client.search("telescope")["any"]
    assert client.search("tele", prefix=True)["any"] == client.search("telescope")["any"]


def test_completions_are_words_and_names(client: Client) -> None:
    """Words of the archive and names that the typed letters begin."""
    assert {"text": "telescope", "kind": "word"}.items() <= client.call("complete", "teles")[0].items()
    names = [(c["kind"], c["slug"]) for c in client.call("complete", "lindq")]
    assert ("person", "ada-lindqvist") in names
    assert ("person", "boris-lindqvist") in names
    assert client.call("complete", "moon ") == []
    assert client.call("complete", "crew teles")[0]["text"] == "crew telescope"


def test_an_empty_query_lists_everything_newest_first(client: Client, archive_articles: list[Text]) -> None:
    """Without words and filters all articles are found."""
    assert client.search("")["total"] == len(archive_articles)
    assert len(set(client.ids("", limit=700))) == len(archive_articles)


@pytest.mark.parametrize(
    "query",
    ['"', '""', "+", "-", "title:", "person:", "::", "before:soon", '+"', "-x", "\u0000", "a" * 5000, "😀", '"😀 a"'],
)
def test_odd_queries_are_answered(client: Client, query: str) -> None:
    """Anything typed gives a result, never an error."""
    assert client.search(query)["total"] >= 0


def test_words_like_object_members_are_words(client: Client) -> None:
    """Names of JavaScript's own properties are looked up like any others."""
    for word in ("constructor", "__proto__", "toString", "hasownproperty"):
        assert client.search(word)["total"] == 0


def test_missing_file_reopens_the_index_once(tmp_path: Path, open_client: OpenClient) -> None:
    """After a new index was published and the old files went, an open client goes over to it."""
    client = open_client(random_archive(30, 2))
    old = client.search("moon")["any"]
    for path in tmp_path.joinpath("search").rglob("*.json"):
        path.unlink()
    write_index(tmp_path, corpus_of(random_archive(60, 4)))
    assert client.search('"the moon"')["any"] >= 0
    assert client.call("documents") == 60
    assert client.search("moon")["any"] != old


def test_a_lost_file_is_an_error_that_says_so(tmp_path: Path, open_client: OpenClient) -> None:
    """Where the newest index lacks a file, searching fails with a clear error, never an empty list."""
    client = open_client(random_archive(30, 2))
    for path in tmp_path.joinpath("search", "c").iterdir():
        path.unlink()
    with pytest.raises(ClientError) as caught:
        client.search("moon")
    assert (caught.value.name, caught.value.code) == ("SearchError", "missing")


def test_no_network_is_an_error_and_a_retry_succeeds(tmp_path: Path, open_client: OpenClient) -> None:
    """A failed fetch is not remembered."""
    client = open_client(random_archive(30, 2))
    [card] = tmp_path.joinpath("search", "c").iterdir()
    client.call("refuse", f"/search/c/{card.name}", 1)
    with pytest.raises(ClientError) as caught:
        client.search("moon")
    assert caught.value.code == "network"
    assert client.search("moon")["any"] > 0


def test_each_file_is_fetched_once(open_client: OpenClient) -> None:
    """A repeated query fetches nothing."""
    client = open_client(random_archive(30, 2))
    client.search("moon rover")
    first = client.call("fetched")
    assert len(first) == len(set(first))
    client.search("moon rover")
    assert client.call("fetched") == []


def test_frequent_words_are_fetched_beside_the_dictionary(tmp_path: Path, open_client: OpenClient) -> None:
    """Lists of frequent words do not wait for files of the dictionary: one round trip fetches both."""
    client = open_client(random_archive(700))
    for path in tmp_path.joinpath("search", "w").iterdir():
        client.call("refuse", f"/search/w/{path.name}", 1)
    with pytest.raises(ClientError):
        client.search("moon xylophone")
    assert any(url.startswith("/search/l/") for url in client.call("fetched"))


def test_script_files_are_read_too(open_client: OpenClient) -> None:
    """An index written as scripts for `file://` works over HTTP as well."""
    client = open_client(random_archive(30, 2), scripts=True)
    assert client.search("moon")["any"] > 0


def test_names_of_files_may_stand_apart(open_client: OpenClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """With very many files their names are fetched when they are needed."""
    whole = open_client(random_archive(600, 2)).ids('"of the" moon', limit=600)
    monkeypatch.setattr("sitegen.search.manifest.INLINE_NAMES", 1)
    monkeypatch.setattr("sitegen.search.manifest.PHRASE_NAMES", 2)
    client = open_client(random_archive(600, 2))
    assert client.ids('"of the" moon', limit=600) == whole
    assert any("/search/names-p/" in url for url in client.call("fetched"))


def test_aliases_find_what_they_name(open_client: OpenClient) -> None:
    """An editor's other name for a person works as the name itself."""
    client = open_client(random_archive(60, 2), aliases={("person", "ada-vance"): ("Adeline Wance", "Advance")})
    assert set(client.ids("advance", limit=60)) == set(client.ids("person:ada-vance", limit=60)) != set()
    assert client.ids('person:"Adeline Wance"', limit=60) == client.ids("person:ada-vance", limit=60)
    assert client.ids("person:wance", limit=60) == client.ids("person:ada-vance", limit=60)


LANGUAGES = (
    Text("de", "Häuser am Fluss", "Die Straßen und Häuser der Stadt.", "1990-01-02", "de"),
    Text("fr", "L’été à Paris", "L’homme qui aimait l’été n’écrivait jamais.", "1990-01-03", "fr"),
    Text("ru", "Ёлки зимой", "Учёные запустили спутники весной.", "1990-01-04", "ru"),
    Text("ar", "الأخبار", "وصلت السُّفُن إلى الميناء ١٩٨٧.", "1990-01-05", "ar"),
    Text("he", "ירושלים", "צה״ל הודיע על אימונים.", "1990-01-06", "he"),
    Text("ja", "東京の天気", "東京オリンピックは成功した。", "1990-01-07", "ja"),
    Text("th", "ข่าววันนี้", "ประเทศไทยมีฝนตก", "1990-01-08", "th"),
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("hauser", "de"),
        ("HÄUSER", "de"),
        ("strassen", "de"),
        ("Straßen", "de"),
        ("homme", "fr"),
        ("l'homme", "fr"),
        ("ete", "fr"),
        ("елки", "ru"),
        ("УЧЕНЫЕ", "ru"),
        ("السفن", "ar"),
        ("الاخبار", "ar"),
        ("1987", "ar"),
        ("צהל", "he"),
        ('צה"ל', "he"),
        ("東京", "ja"),
        ("オリンピック", "ja"),
        ("ประเทศ", "th"),
        ('"die strassen und"', "de"),
        ('"l’homme qui"', "fr"),
        ('"спутники весной"', "ru"),
        ('"東京オリンピック"', "ja"),
    ],
)
def test_languages(open_client: OpenClient, query: str, expected: str) -> None:
    """Diacritics, case, elision, vowel points, gershayim and scripts without spaces do not hinder."""
    client = open_client(list(LANGUAGES))
    assert client.ids(query)[:1] == [expected]


def test_marks_show_where_words_stand(client: Client) -> None:
    """The words to mark include other forms; ranges are offsets into the text."""
    marks = client.search("engineers")["marks"]
    text = "Engineer, ENGINEER'S and re-engineer"
    ranges = client.call("markRanges", text, marks)
    assert [text[a:b] for a, b in ranges] == ["Engineer", "ENGINEER'S", "engineer"]
    assert client.call("markRanges", "東京オリンピック", ["東京", "京オ"]) == [[0, 3]]


def test_client_has_no_document_or_window() -> None:
    """The module names nothing that only pages have."""
    source = re.sub(
        r"/\*.*?\*/", "", (Path(__file__).parents[2] / "themes/default/assets/search.js").read_text(), flags=re.S
    )
    assert not re.findall(r"\b(?:document|window|localStorage|innerHTML)\.", source)
    assert slug("Ada Vance") == "ada-vance"
