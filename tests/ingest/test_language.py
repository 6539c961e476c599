"""Telling languages."""

from __future__ import annotations

import pytest

from sitegen.ingest.language import detect_language, small_words

SENTENCES = {
    "en": "The council met on Tuesday and voted to close the bridge that had stood for a century.",
    "de": "Der Rat hat am Dienstag beschlossen, die Brücke zu schließen, weil sie nicht mehr sicher ist.",
    "fr": "Le conseil a décidé mardi de fermer le pont, qui n'est plus sûr pour les habitants de la ville.",
    "es": "El ayuntamiento decidió el martes cerrar el puente porque ya no es seguro para los vecinos de la ciudad.",
    "pt": "A câmara decidiu na terça-feira fechar a ponte porque já não é segura para os moradores da cidade.",
    "it": "Il consiglio ha deciso martedì di chiudere il ponte perché non è più sicuro per gli abitanti della città.",
    "nl": "De raad heeft dinsdag besloten de brug te sluiten omdat deze niet meer veilig is voor de inwoners.",
    "sv": "Rådet beslutade på tisdagen att stänga bron eftersom den inte längre är säker för invånarna i staden.",
    "pl": "Rada zdecydowała we wtorek o zamknięciu mostu, ponieważ nie jest on już bezpieczny dla mieszkańców.",
    "ru": "Совет во вторник решил закрыть мост, так как он больше не безопасен для жителей города.",
    "uk": "Рада у вівторок вирішила закрити міст, тому що він вже не є безпечним для мешканців міста.",
    "ar": "قرر المجلس يوم الثلاثاء إغلاق الجسر لأنه لم يعد آمنا على السكان في المدينة، كما قال إن ذلك مؤقت",
    "he": "המועצה החליטה ביום שלישי לסגור את הגשר כי הוא לא בטוח עוד עם תושבי העיר",
    "hi": "परिषद ने मंगलवार को पुल बंद करने का फैसला किया है क्योंकि यह लोगों के लिए सुरक्षित नहीं है",
    "tr": "Meclis köprünün kapatılmasına karar verdi çünkü bu köprü artık halk için güvenli değil ve çok eski.",
    "ja": "評議会は火曜日に橋を閉鎖することを決めた。",
    "zh": "议会周二决定关闭这座桥。",
    "ko": "의회는 화요일 다리를 폐쇄하기로 결정했다.",
    "th": "สภาตัดสินใจปิดสะพานเมื่อวันอังคาร",
}


@pytest.mark.parametrize("language", SENTENCES)
def test_one_sentence_is_enough(language: str) -> None:
    """A sentence tells its language."""
    assert detect_language(SENTENCES[language]) == language


@pytest.mark.parametrize(
    "text", ["", "Hello", "Table 1 2 3", "Xyzzy foo bar baz qux quux corge", "Smith, Jones, Roe (ed.)" * 3]
)
def test_too_little_has_no_answer(text: str) -> None:
    """Where it cannot be told, nothing is claimed."""
    assert detect_language(text) == ""


def test_small_words_of_unknown_languages_are_none() -> None:
    """Asking for a language that is not known is no error."""
    assert small_words("tlh") == frozenset()
    assert "the" in small_words("en-GB")
