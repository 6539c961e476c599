"""The builder: files, names, determinism, and the parts that they are made of."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from search_support import Text, corpus_of, random_archive, write_index

from sitegen.search.build import build_search_index, finish, plan_search, run_job
from sitegen.search.calendar import number_documents, room, segment_of, slots_of
from sitegen.search.cards import full_url, short_url, snippet
from sitegen.search.corpus import VocabularyPart, merge_vocabularies, ragged
from sitegen.search.documents import SearchDocument
from sitegen.search.function_words import function_words
from sitegen.search.layout import layout_of
from sitegen.search.lexicon import (
    boundaries,
    cut_shards,
    key_part,
    read_entry,
    shard_stem,
    sort_keys,
    utf16,
    write_entry,
)
from sitegen.search.lists import Edit, encode_lists, splice_lists
from sitegen.search.manifest import FileStamp, split_names
from sitegen.search.packing import LIMIT, pack, pack_rows, pack_text, row_starts, unpack, unpack_rows
from sitegen.search.postings import FIRST_TITLE_CODE, LEVELS, invert, rounded_average
from sitegen.search.reference import Reference
from sitegen.search.spelling import change_near_row, encode_near_files, near_bucket, near_keys

Codes = dict[int, int]
LISTS = st.dictionaries(st.integers(0, 2**20), st.integers(0, 15), max_size=30)
"""Documents with their codes."""


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


@given(st.lists(st.lists(st.integers(0, 10**6), max_size=9), max_size=9))
def test_packed_lists_are_read_back_together(rows: list[list[int]]) -> None:
    """Many lists are packed and read at once, empty ones among them."""
    starts = row_starts(len(row) for row in rows)
    texts = pack_rows(np.array([value for row in rows for value in row], dtype=np.int64), starts)
    values, found = unpack_rows(texts)
    assert [values[low:high].tolist() for low, high in itertools.pairwise(found.tolist())] == rows


@given(st.lists(st.tuples(LISTS, LISTS), max_size=5), st.randoms())
def test_spliced_lists_equal_lists_written_anew(pairs: list[tuple[Codes, Codes]], rng: Random) -> None:
    """Changing a list where it changes gives the bytes of writing it as a whole."""
    edits: list[Edit] = []
    expected: list[str] = []
    for before, more in pairs:
        gone = [number for number in before if rng.random() < 0.3]
        come = {number: code for number, code in more.items() if number not in before or number in gone}
        if not gone and not come:
            continue
        after = {number: code for number, code in before.items() if number not in gone} | come
        edits.append(Edit(packed(before), gone, come))
        expected.append(packed(after))
    assert splice_lists(edits) == expected


def packed(codes: Codes) -> str:
    numbers, values = np.array(sorted(codes.items()), dtype=np.int64).reshape(-1, 2).T
    return encode_lists(numbers, values, np.array([0, len(numbers)], dtype=np.int64))[0]


def test_a_list_that_does_not_fit_is_not_spliced() -> None:
    """What is not there cannot go, what is there cannot come."""
    with pytest.raises(KeyError):
        splice_lists([Edit(packed({3: 1, 9: 2}), [4], {})])
    with pytest.raises(ValueError, match="already"):
        splice_lists([Edit(packed({3: 1, 9: 2}), [], {9: 2})])


def test_numbers_follow_months_with_room_in_each() -> None:
    """Undated articles come first, then years and months; each segment starts after the room of the one before."""
    dates = ["1987-03-02", "", "1987", "1987-03-01", "1987-03", "1987-04-09", "no date"]
    calendar = number_documents([document(date, str(i)) for i, date in enumerate(dates)], 1)
    assert calendar.labels == ("", "1987", "1987-03", "1987-04")
    assert calendar.counts == (2, 1, 3, 1)
    assert calendar.rooms == (4, 2, 4, 2)
    assert [sorted(calendar.order.tolist()[low:high]) for low, high in ((0, 2), (2, 3), (3, 6), (6, 7))] == [
        [1, 6],
        [2],
        [0, 3, 4],
        [5],
    ]
    days = dict(zip(calendar.order.tolist(), calendar.days, strict=True))
    assert days == {0: 2, 1: 0, 2: 0, 3: 1, 4: 0, 5: 9, 6: 0}
    assert segment_of("1987-03-05?") == ("1987-03", 5)


@given(st.sets(st.text("abc123", min_size=1, max_size=5), max_size=40), st.text("xyz", min_size=1))
def test_slots_depend_on_the_ids_alone_and_seldom_move(ids: set[str], other: str) -> None:
    """Whatever the order, each id has a slot of its own; one more id leaves most where they are."""
    size = room(len(ids) + 1, 1)
    slots = slots_of(sorted(ids), size)
    assert slots == slots_of(sorted(ids, reverse=True), size)
    assert len(set(slots.values())) == len(ids)
    more = slots_of([*ids, other], size)
    assert sum(more[i] != slot for i, slot in slots.items()) <= max(8, len(ids) // 2)


def test_room_leaves_a_quarter_free() -> None:
    """So an added article seldom moves the numbers of other months."""
    assert [room(count, 1) for count in (1, 2, 3, 4, 6, 7, 768, 769)] == [2, 4, 4, 8, 8, 16, 1024, 2048]
    assert room(3, 32) == 32


def test_impacts_rise_with_frequency_and_fall_with_length() -> None:
    """More occurrences weigh more, longer documents less, and a title's word has a code of its own range."""
    body = ragged([[0], [0, 0, 0], [0, *[1] * 60], [1]])
    title = ragged([[], [], [], [0]])
    inverted = invert(title, body, np.arange(4), np.array([0, 1]), 2)
    assert inverted.documents[: inverted.starts[1]].tolist() == [0, 1, 2, 3]
    once, often, long, titled = inverted.codes[: inverted.starts[1]].tolist()
    assert long < once < often < FIRST_TITLE_CODE <= titled < len(LEVELS)
    assert inverted.frequencies.tolist() == [4, 2]


def test_inversion_in_chunks_equals_inversion_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many documents are looked at together makes no difference."""
    corpus = corpus_of(random_archive(120))
    order, terms = np.arange(120)[::-1], np.arange(len(corpus.words))
    whole = invert(corpus.title, corpus.body, order, terms, len(terms))
    monkeypatch.setattr("sitegen.search.postings._CHUNK", 300)
    pieces = invert(corpus.title, corpus.body, order, terms, len(terms))
    assert np.array_equal(whole.documents, pieces.documents)
    assert np.array_equal(whole.codes, pieces.codes)


def test_average_length_is_rounded_coarsely() -> None:
    """A few words more do not move the average that all impacts are made with."""
    assert rounded_average(902, 2) == rounded_average(930, 2) == 448
    assert rounded_average(0, 0) == 1


@given(st.lists(st.text("ab\ue000\U0001f600", min_size=1, max_size=6), unique=True, min_size=1), st.integers(1, 9))
def test_shards_cover_all_words_and_each_word_finds_its_own(words: list[str], window: int) -> None:
    """Cuts leave no gap, and the last start that is not above a word names its shard."""
    keys = sort_keys(words)
    assert keys == sorted(words, key=utf16)
    shards = cut_shards(keys, window)
    assert [i for shard in shards for i in range(shard.first, shard.last)] == list(range(len(keys)))
    for index, key in enumerate(keys):
        [*_, last] = [shard for shard in shards if utf16(shard.start) <= utf16(key)]
        assert last.first <= index < last.last
    assert all(shard.last - shard.first > window for shard in shards[1:-1])


@given(st.lists(st.integers(0, 9), max_size=60), st.integers(1, 7))
def test_cuts_are_the_least_hashes_of_their_neighbourhood(values: list[int], window: int) -> None:
    """As the definition says, word by word."""
    found = boundaries(np.array(values, dtype=np.uint32), window).tolist()
    for i, value in enumerate(values):
        before, after = values[max(0, i - window) : i], values[i + 1 : i + 1 + window]
        assert found[i] == (all(value < v for v in before) and all(value <= v for v in after))


def test_a_new_word_moves_only_cuts_beside_it() -> None:
    """Shards elsewhere keep their ranges."""

    def cut(words: list[str]) -> set[tuple[str, ...]]:
        return {tuple(words[s.first : s.last]) for s in cut_shards(words, 4)}

    words = sorted(a + b + c for a in "mnopq" for b in "aeiou" for c in "rstvwxyz")
    assert len(cut(words)) > 12
    assert len(cut(words) ^ cut(sorted([*words, "nax"]))) <= 6


def test_entries_name_forms_briefly() -> None:
    """Endings where the term begins the form, whole forms else, nothing where the term is its own only form."""
    assert write_entry("engin", ["engine", "engines"]) == "engin+e+es"
    assert write_entry("die", ["die", "dying"]) == "die+=dying"
    assert write_entry("moon", ["moon"]) == "moon"
    assert read_entry("engin+e+es") == ("engin", ("engine", "engines"))
    assert read_entry("die+=dying") == ("die", ("die", "dying"))
    assert read_entry("moon") == ("moon", ("moon",))


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
    files = [json.loads(data) for data in encode_near_files({"crater": "e"}, 2)]
    for key in near_keys("crater"):
        assert files[near_bucket(key, 2)][key] == "cratere"
    assert change_near_row("cratere creamc", {"crate": "b", "cream": ""}) == "crateb cratere"


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
    assert layout_of(10**7).card_bits == layout_of(100_000).card_bits
    assert layout_of(26_000) == layout_of(27_000)


def test_building_twice_gives_the_same_bytes() -> None:
    """So does running jobs in another order."""
    corpus = corpus_of(random_archive(150))
    first = dict(build_search_index(corpus))
    plan = plan_search(corpus_of(random_archive(150)))
    files = [file for job in reversed(plan.jobs) for file in run_job(plan, job)]
    last = finish(plan, [file.stamp for file in files])
    assert {file.path: file.data for file in [*files, *last]} == first


def test_order_of_the_corpus_does_not_matter() -> None:
    """Articles handed over in another order give the same index."""
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
        ("p", manifest["phrases"]["files"]),
        ("n", manifest["near"]["files"]),
        ("f", manifest["facets"]["files"]),
        ("d", manifest["days"]["files"]),
    ):
        expected |= {f"search/{area}/{number}-{name}.json" for number, name in enumerate(split_names(names))}
    starts = manifest["words"]["starts"].split(" ")
    for start, name in zip(starts, split_names(manifest["words"]["files"]), strict=True):
        expected.add(f"search/w/{shard_stem(start)}-{name}.json")
    for area, section in (("c", manifest["cards"]), ("l", manifest["lists"])):
        groups = split_names(section["files"])
        grouped = {path for path in files if path.startswith(f"search/{area}/")}
        for path in grouped:
            number, _, name = path.removeprefix(f"search/{area}/").removesuffix(".json").partition("-")
            assert groups[int(number) >> section["group"]] == name
        expected |= grouped
    assert set(files) == expected


def test_long_lists_of_names_leave_the_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With many files the names of cards and phrases stand in files of their own, which clients fetch when needed."""
    monkeypatch.setattr("sitegen.search.manifest.INLINE_NAMES", 0)
    files = write_index(tmp_path, corpus_of(random_archive(60)))
    assert sum(path.startswith("search/names-") for path in files) == 1
    found = Reference(files.__getitem__).search('moon "the moon"')
    assert found.total >= 0


def test_lists_are_cut_into_blocks_when_numbers_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frequent word's blocks hold together what the whole list holds."""
    articles = random_archive(700)
    whole = Reference(dict(build_search_index(corpus_of(articles))).__getitem__)
    for module in ("lists", "build", "manifest"):
        monkeypatch.setattr(f"sitegen.search.{module}.BLOCK_BITS", 8)
    monkeypatch.setattr("sitegen.search.layout.Layout.block_bits", 8)
    files = dict(build_search_index(corpus_of(articles)))
    assert any(" " in name for path, data in files.items() if "/l/" in path for name in json.loads(data))
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
