"""Paragraphs in glued, wrapped and ordinary text."""

from __future__ import annotations

import textwrap
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sitegen.ingest.paragraphs import split_joints, split_paragraphs


@pytest.mark.parametrize(
    "glued",
    [
        "The war ended in 2006.|“We are watching,” he said.",
        "He said “no.”|He left at once.",
        'She said "no."|He left at once.',
        'It failed."|"We tried," she said.',
        "It was “over.”|“Good,” they said.",
        "It is done.|Defense Minister Ada Roe spoke.",
        "Is it done?|Yes it is.",
        "Unemployment fell by 90%.|The rest is known.",
        "It helps COVID-19.|The others do not.",
        "She met NATO.|The end was near.",
        "He lives in the U.S.|The others do not.",
        "They sold Foo Inc.|The buyer is unknown.",
        "A tank on parade (Photo Ana Roe)|Officials have spoken.",
        "It was a gang “of four old men”|Officials have said so.",
        "He said so.|J.K. Rowling wrote it.",
        "Read it at www.example.org.|The rest follows.",
        "The fund gave help.|$15,000 went to schools.",
        "The fund gave help.|100 million people got it.",
        "This was so.|1957 was different.",
        "The end…”|Now then.",
        "The list:|• one thing|• two things",
        "um den Frieden.“|Der Kanzler sagte „nein“.",
        "la paix.»|Le roi dit «non».",
        "قال الوزير ذلك.|وأضاف الرئيس",
        "هل هذا صحيح؟|نعم بالطبع",
        "сказал он.|Москва ответила.",
    ],
)
def test_joints_are_cut(glued: str) -> None:
    """A sentence end with another sentence glued to it is a boundary, with the quotes on their proper side."""
    assert split_joints(glued.replace("|", "")) == glued.split("|")


@pytest.mark.parametrize(
    "text",
    [
        "He met J.K.Rowling there.",
        "In the U.S.Senate it failed.",
        "It costs 3.5 or 3.5M.",
        "Yahoo!Inc bought it.",
        "See example.com or Example.Com or EXAMPLE.COM now.",
        "Ph.D.Smith and Dr.Who and Mr.Smith met.",
        "In v2.Next it works.",
        "Open README.TXT now.",
        "St.Petersburg is far.",
        "See 410 U.S.113 and F.Supp.2d on it.",
        "She said,”Smith added.",
        "But wait...What now?",
        "ASP.NET and System.IO and Node.JS",
        "As noted.3 The court agreed.",
        "Sen. Roe (D-Calif.)Introduces and (R-South Carolina)Graham too",
        "Will.I.Am sang at Jan.5 and p.12 and Figure 2.A",
        "今日は雨。明日は晴れ。",
        "“Go.” He left. “No,” he said. (It was so.) He went.",
    ],
)
def test_what_only_looks_like_a_joint_stays_whole(text: str) -> None:
    """Initials, abbreviations, numbers, names and addresses are not cut, nor is text with its spaces."""
    assert split_joints(text) == [text]


def test_quotation_of_several_paragraphs() -> None:
    """A paragraph that opens inside an open quotation keeps its opening quote."""
    text = '"We tried it," she said. "It is hard."He agreed. "So we go on."They left.'
    assert split_joints(text) == ['"We tried it," she said. "It is hard."', 'He agreed. "So we go on."', "They left."]


def test_blank_lines_and_single_lines_break() -> None:
    """Existing breaks stay breaks, but not inside a sentence."""
    assert split_paragraphs("One is here.\nTwo is here\nand goes on.\n\n \n\nThree.") == [
        "One is here.",
        "Two is here and goes on.",
        "Three.",
    ]


def test_list_items_stay_apart() -> None:
    """Lines of a list are paragraphs of their own."""
    assert split_paragraphs("We need:\n- bread\n- wine\n- more") == ["We need:", "- bread", "- wine", "- more"]


PLAIN = (
    "The harbour board met on Tuesday to decide on the new wall that the town has asked for since the storm of last "
    "spring took away the old one. It was a long meeting and few people stayed to its end.\n\n"
    "Nobody left early, and the vote came near midnight, after the last speaker had sat down again and a fisherman of "
    "the town wept. The wall will be built next year, the board said, if money can be found for it."
)


def test_wrapped_text_is_joined() -> None:
    """Hard-wrapped lines become the paragraphs they were."""
    wrapped = "\n\n".join(textwrap.fill(paragraph, 66) for paragraph in PLAIN.split("\n\n"))
    assert split_paragraphs(wrapped) == PLAIN.split("\n\n")


def test_wrapped_text_with_indents_is_joined() -> None:
    """In wrapped text without blank lines an indent or a short last line begins a paragraph."""
    wrapped = "\n".join(textwrap.fill(paragraph, 66, initial_indent="   ") for paragraph in PLAIN.split("\n\n"))
    assert split_paragraphs(wrapped) == PLAIN.split("\n\n")
    short = "\n".join(textwrap.fill(paragraph, 66) for paragraph in (PLAIN + " So be it.").split("\n\n"))
    assert len(split_paragraphs(short)) == 2


def test_hyphens_of_wrapped_lines_go_where_the_word_is_known() -> None:
    """A hyphen at a line end goes if the text has the word without it, and stays otherwise."""
    lines = [
        "The breakwater of the harbour was old and the town had asked for a new break-",
        "water for many years, but the board had no money, and a well-",
        "known fisherman of the town had lost his boat in the storm of last spring, he",
        "said, and so had many others who had come to speak at the meeting on Tuesday.",
    ]
    joined = split_paragraphs("\n".join(lines))
    assert "new breakwater for" in joined[0]
    assert "a well-known fisherman" in joined[0]


@given(st.text(alphabet="aAzZ.!?…”“\"'()[]» «„;:,1$•\n\t \u3002\u061f\u0627\u0645-", max_size=200))
def test_only_white_space_is_lost(text: str) -> None:
    """Splitting keeps every character but white space, in order, and hyphens of wrapped lines."""
    kept = "".join("".join(split_paragraphs(text)).split())
    assert kept.replace("-", "") == "".join(text.split()).replace("-", "")


@pytest.mark.parametrize("unit", ["a.B", '."A', "“a”A", "(a)B", " \n", "•a", "A.", "word \n", '"', "a-\n"])
def test_time_is_linear(unit: str) -> None:
    """Many characters of the worst kinds take a moment."""
    started = time.process_time()
    split_paragraphs(unit * (200_000 // len(unit)))
    assert time.process_time() - started < 5


def test_a_labelled_note_glued_to_a_name_begins_a_paragraph() -> None:
    """The line break before `Correction:` was lost; inside a sentence the same word breaks nothing."""
    line = "By Ana RoeCorrection: An earlier version had another figure.Editor’s note: It is right now."
    assert split_paragraphs(line) == [
        "By Ana Roe",
        "Correction: An earlier version had another figure.",
        "Editor’s note: It is right now.",
    ]
    whole = "The paper’s Correction: page was full."
    assert split_paragraphs(whole) == [whole]
