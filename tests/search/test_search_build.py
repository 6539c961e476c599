"""The builder: files, names, determinism, and the parts that they are made of."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from search_support import Text, corpus_of, random_archive, write_index

from sitegen.search.build import FileStamp, build_search_index, finish, plan_search, run_job
from sitegen.search.calendar import number_documents, pack_days, room
from sitegen.search.cards import full_url, short_url, snippet
from sitegen.search.corpus import VocabularyPart, merge_vocabularies, ragged
from sitegen.search.documents import SearchDocument
from sitegen.search.function_words import function_words
from sitegen.search.layout import layout_of
from sitegen.search.lexicon import cut_shards, entry, key_part, utf16
from sitegen.search.packing import LIMIT, pack, pack_text, unpack
from sitegen.search.postings import FIRST_TITLE_CODE, LEVELS, invert, rounded_average
from sitegen.search.reference import Reference
from sitegen.search.spelling import encode_near_files, near_bucket, near_keys


@given(st.lists(st.integers(0, LIMIT - 1)))
def test_packed_numbers_are_read_back(values: list[int]) -> None:
    """Numbers of all sizes survive, in printable ASCII that JSON need not escape."""
    text = pack_text(values)
    assert unpack(text) == values
    assert json.dumps(text) == f'"{text}"'


def test_numbers_that_cannot_be_packed_are_refused() -> None:
    """Negative and too great numbers are errors, not damaged lists."""
    for value in (-1, LIMIT):
        with pytest.raises(ValueError, match="can be packed"):
            pack(np.array([value]))


def document(date: str, id_: str = "x") -> SearchDocument:
    return SearchDocument(id_, "u/", "t", date, "", "en", (), (), (), 1)


def test_numbers_follow_dates_with_room_in_each_month() -> None:
    """Undated articles come first, then years and months; each segment starts after the room of the one before."""
    dates = ["1987-03-02", "", "1987", "1987-03-01", "1987-03", "1987-04-09", "no date"]
    calendar = number_documents([document(date) for date in dates])
    assert calendar.labels == ("", "1987", "1987-03", "1987-04")
    assert calendar.counts == (2, 1, 3, 1)
    assert calendar.order.tolist() == [1, 6, 2, 4, 3, 0, 5]
    assert calendar.numbers.tolist() == [0, 1, 2, 3, 4, 5, 7]
    assert [unpack(row) for row in pack_days(calendar)] == [[0, 2], [0, 1], [0, 1, 1, 1, 1, 1], [9, 1]]


def test_room_is_the_next_power_of_two() -> None:
    """So an added article seldom moves the numbers of other months."""
    assert [room(count) for count in (1, 2, 3, 4, 5, 1024, 1025)] == [1, 2, 4, 4, 8, 1024, 2048]


def test_impacts_rise_with_frequency_and_fall_with_length() -> None:
    """More occurrences weigh more, longer documents less, and a title's word has a code of its own range."""
    body = ragged([[0], [0, 0, 0], [0, *[1] * 60], [1]])
    title = ragged([[], [], [], [0]])
    inverted = invert(title, body, np.array([0, 1]), 2)
    assert inverted.documents[: inverted.starts[1]].tolist() == [0, 1, 2, 3]
    once, often, long, titled = inverted.codes[: inverted.starts[1]].tolist()
    assert long < once < often < FIRST_TITLE_CODE <= titled < len(LEVELS)
    assert inverted.frequencies.tolist() == [4, 2]


def test_inversion_in_chunks_equals_inversion_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many documents are looked at together makes no difference."""
    corpus = corpus_of(random_archive(120))
    terms = np.arange(len(corpus.words))
    whole = invert(corpus.title, corpus.body, terms, len(terms))
    monkeypatch.setattr("sitegen.search.postings._CHUNK", 300)
    pieces = invert(corpus.title, corpus.body, terms, len(terms))
    assert np.array_equal(whole.documents, pieces.documents)
    assert np.array_equal(whole.codes, pieces.codes)


def test_average_length_is_rounded_coarsely() -> None:
    """A few words more do not move the average that all impacts are made with."""
    assert rounded_average(np.array([450, 452])) == rounded_average(np.array([460, 470])) == 448
    assert rounded_average(np.array([], dtype=np.int64)) == 1


@given(st.lists(st.text("ab", min_size=1, max_size=6), unique=True, min_size=1), st.integers(1, 40))
def test_shards_cover_all_words_and_each_word_finds_its_own(words: list[str], limit: int) -> None:
    """Cuts at prefixes leave no gap, and the last start that is not above a word names its shard."""
    from sitegen.search.lexicon import Lexicon

    keys = sorted(words, key=utf16)
    lexicon = Lexicon(keys, [[0]] * len(keys), np.full(len(keys), 6.0))
    shards = cut_shards(lexicon, limit)
    assert [i for shard in shards for i in range(shard.first, shard.last)] == list(range(len(keys)))
    for index, key in enumerate(keys):
        [*_, last] = [shard for shard in shards if shard.start <= key]
        assert last.first <= index < last.last


def test_a_new_word_moves_only_cuts_beneath_its_prefix() -> None:
    """Shards of other prefixes keep their ranges."""
    from sitegen.search.lexicon import Lexicon

    def cut(words: list[str]) -> set[tuple[str, ...]]:
        lexicon = Lexicon(words, [[0]] * len(words), np.full(len(words), 6.0))
        return {tuple(words[s.first : s.last]) for s in cut_shards(lexicon, 20)}

    words = sorted(a + b + c for a in "mnopq" for b in "aei" for c in "rst")
    assert len(cut(words) ^ cut(sorted([*words, "nax"]))) <= 6


def test_entries_name_forms_briefly() -> None:
    """Endings where the term begins the form, whole forms else, nothing where the term is its own only form."""
    assert entry("engin", ["engine", "engines"]) == "engin+e+es"
    assert entry("die", ["die", "dying"]) == "die+=dying"
    assert entry("moon", ["moon"]) == "moon"


@pytest.mark.parametrize(
    ("url", "title", "date"),
    [
        ("1969/07/a-walk-on-the-moon/", "A walk on the Moon", "1969-07-21"),
        ("1969/07/a-walk-on/", "A walk on the Moon", "1969-07"),
        ("1969/07/walk-2/", "A walk", "1969-07-21"),
        ("undated/a-walk/", "A walk", ""),
        ("somewhere/else/", "A walk", "1969-07-21"),
        ("1969/07/\u00e9t\u00e9-\u00e0-paris/", "\u00c9t\u00e9 \u00e0 Paris", "1969-07-21"),
        ("1969/07/x:y/", "", "1969-07-21"),
    ],
)
def test_short_addresses_are_undone(url: str, title: str, date: str) -> None:
    """Whatever the address, the client gets it back."""
    assert full_url(short_url(url, title, date), title, date) == url


def test_addresses_made_of_titles_are_short() -> None:
    """The usual address costs a number."""
    assert short_url("1969/07/a-walk-on-the-moon/", "A walk on the Moon", "1969-07-21") == "18"


def test_snippets_end_at_words() -> None:
    """White space is collapsed; a cut is marked."""
    assert snippet("One  two\nthree", 20) == "One two three"
    assert snippet("One two three four", 13) == "One two…"
    assert snippet("x" * 50, 10) == "x" * 10 + "…"


def test_spelling_neighbours_lie_under_beginning_and_end() -> None:
    """A word is found under the half that a slip left whole."""
    assert near_keys("crater") == ("^cr", "er$")
    assert near_keys("telescope") == ("^tel", "ope$")
    files = [json.loads(data) for data in encode_near_files([("crater", 4)], 2)]
    for key in near_keys("crater"):
        assert files[near_bucket(key, 2)][key] == "cratere"


def test_vocabularies_of_workers_are_merged_in_order() -> None:
    """Shared words get one id, documents the wanted order, words of documents left out disappear."""
    first = VocabularyPart(["moon", "orbits"], ["moon", "orbit"], ragged([[0], [1]]), ragged([[1, 0], []]))
    second = VocabularyPart(["orbits", "gone"], ["orbit", "gone"], ragged([[0], [1]]), ragged([[0, 0], [1]]))
    merged = merge_vocabularies([first, second], [2, 0])
    assert (merged.words, merged.terms) == (["moon", "orbits"], ["moon", "orbit"])
    assert merged.title.row(0).tolist() == [1]
    assert [merged.body.row(i).tolist() for i in range(2)] == [[1, 1], [1, 0]]
    assert merge_vocabularies([], []).words == []


def test_function_words_of_unknown_languages_are_none() -> None:
    """Lists exist for some languages; others simply have none."""
    assert "the" in function_words(["en-GB", "xx"])
    assert function_words(["xx", ""]) == []
    assert "fur" in function_words(["de"])


def test_layouts_grow_with_the_archive() -> None:
    """Small archives have one file of each kind, great ones smaller and more files."""
    assert layout_of(0).phrase_bits == 0
    assert layout_of(100_000).phrase_bits > layout_of(26_639).phrase_bits
    assert layout_of(10**7).cards == layout_of(100_000).cards
    assert layout_of(26_000) == layout_of(27_000)


def test_building_twice_gives_the_same_bytes() -> None:
    """So does running jobs in another order."""
    corpus = corpus_of(random_archive(150))
    first = dict(build_search_index(corpus))
    plan = plan_search(corpus_of(random_archive(150)))
    files = [file for job in reversed(plan.jobs) for file in run_job(plan, job)]
    last = finish(plan, [file.stamp for file in files])
    assert {file.path: file.data for file in [*files, *last]} == first


def test_order_of_the_corpus_matters_only_within_a_day() -> None:
    """Articles handed over in another order of dates give the same index."""
    articles = [Text(f"{n}", f"Title {n}", f"moon {n}", f"19{60 + n}-01-01") for n in range(9)]
    corpus = corpus_of(articles)
    turned = list(range(8, -1, -1))
    from sitegen.search.corpus import take

    shuffled = type(corpus)(
        [corpus.documents[i] for i in turned],
        corpus.words,
        corpus.terms,
        *(take(f.values, f.starts, np.array(turned)) for f in (corpus.title, corpus.body)),
        lambda i: corpus.text(turned[i]),
    )
    assert dict(build_search_index(shuffled)) == dict(build_search_index(corpus))


def test_one_edit_touches_few_files() -> None:
    """Changing a few words of one of 600 articles leaves most files as they are."""
    articles = random_archive(600)
    before = dict(build_search_index(corpus_of(articles)))
    edited = Text(**{name: getattr(articles[300], name) for name in Text.__struct_fields__} | {"text": "moon dust"})
    after = dict(build_search_index(corpus_of([*articles[:300], edited, *articles[301:]])))
    kept = sum(before.get(path) == data for path, data in after.items())
    areas = Counter(path.split("/")[1] for path in after if path not in before)
    assert areas["c"] == 1
    assert kept > 0


def test_names_tell_the_content_and_the_manifest_all_names(tmp_path: Path) -> None:
    """Every file of the folder is named by the manifest or a list that it names, and nothing else lies there."""
    files = write_index(tmp_path, corpus_of(random_archive(60)))
    manifest = json.loads(files["search/index.json"])
    expected = {"search/index.json"}
    for area, names in (
        ("w", manifest["words"]["files"]),
        ("l", manifest["lists"]["files"]),
        ("c", manifest["cards"]["files"]),
        ("p", manifest["phrases"]["files"]),
        ("n", manifest["near"]["files"]),
        ("f", manifest["facets"]["files"]),
        ("d", manifest["days"]),
    ):
        expected |= {f"search/{area}/{i // 5}-{names[i : i + 5]}.json" for i in range(0, len(names), 5)}
    assert set(files) == expected


def test_long_lists_of_names_leave_the_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With many files the names of cards and phrases stand in files of their own, which clients fetch when needed."""
    monkeypatch.setattr("sitegen.search.build.INLINE_NAMES", 0)
    files = write_index(tmp_path, corpus_of(random_archive(60)))
    assert sum(path.startswith("search/names-") for path in files) >= 2
    found = Reference(files.__getitem__).search('moon "the moon"')
    assert found.total >= 0


def test_lists_are_cut_into_blocks_when_numbers_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frequent word's blocks hold together what the whole list holds."""
    articles = random_archive(700)
    whole = Reference(dict(build_search_index(corpus_of(articles))).__getitem__)
    for module in ("frequent", "reference"):
        monkeypatch.setattr(f"sitegen.search.{module}.BLOCK_BITS", 8)
    monkeypatch.setattr("sitegen.search.frequent._POSTING_BYTES", 200)
    files = dict(build_search_index(corpus_of(articles)))
    assert max(json.loads(files["search/index.json"])["head"]["blocks"]) > 1
    cut = Reference(files.__getitem__)
    for query in ("the moon", "probe +orbit after:1959-03", "crew to the module"):
        assert cut.search(query) == whole.search(query)


def test_empty_archive_can_be_searched() -> None:
    """No articles: an index without hits, not an error."""
    files = dict(build_search_index(corpus_of([])))
    assert Reference(files.__getitem__).search("moon").total == 0


def test_script_files_hold_the_same_data() -> None:
    """With scripts each file is one call around the JSON, and the manifest comes as both."""
    corpus = corpus_of(random_archive(40))
    plain = dict(build_search_index(corpus))
    scripts = dict(build_search_index(corpus, scripts=True))
    assert {"search/index.json", "search/index.js"} < set(scripts)
    for path, data in plain.items():
        if path != "search/index.json":
            stem = path.removeprefix("search/").removesuffix(".json")
            assert scripts[f"search/{stem}.js"] == b'sitegenSearch("%s",%s)\n' % (stem.encode(), data.rstrip(b"\n"))


def test_keys_of_names_are_folded() -> None:
    """Names stand in keys as their folded words."""
    assert key_part("Ångström, A. & Söhne") == "angstrom-a-sohne"


def test_stamps_are_small() -> None:
    """What workers send back is a name, not the content."""
    stamp = FileStamp("w", 3, "abcde")
    assert (stamp.area, stamp.number, stamp.digest) == ("w", 3, "abcde")
