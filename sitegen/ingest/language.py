"""Which language a text is in, told by its script and its commonest small words.

Small words (articles, pronouns, prepositions) make up a third to a half of running text and differ even between close
relatives; counting them needs no model, costs little, and fails in the open: where too few are found there is no
answer. The method is that of N. Ingle, "A language identification table" (1976), with figures for what a word tells.
"""

from __future__ import annotations

import math
import re
from collections import Counter

_SMALL_WORDS = {
    "en": (
        "the of and to in a is that for it was on with as he be at by had not are but from or have an they "
        "which this his were their been has would will there who its after when said about more also she her "
        "we you our could than into"
    ),
    "de": (
        "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden "
        "aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur "
        "oder aber vor zur bis mehr durch wurde"
    ),
    "fr": (
        "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec "
        "son ont aux cette été mais sa ou leur ces comme lui nous elle être après ses fait c'est même d'un "
        "d'une qu'il l'on"
    ),
    "es": (
        "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me "
        "si sin sobre este ya entre cuando todo esta ser son dos también fue había era muy años hasta desde "
        "está nos porque han"
    ),
    "pt": (
        "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele das à seu sua "
        "ou quando muito nos já eu também só pelo pela até isso ela entre depois sem mesmo aos seus são foi "
        "está tem pelos às você ser"
    ),
    "it": (
        "di e che la il un a per è in una mi sono ho non ma lo ha le si ti i con cosa se io come da ci no "
        "questo qui del al della dei delle nel alla anche più dal gli stato nella essere alle degli l'ha "
        "dell'anno questa suo sua hanno"
    ),
    "nl": (
        "de van het een en in is dat op te zijn met voor niet aan er die ook als maar om bij door naar worden "
        "dan uit nog werd heeft hij ze wordt over tot meer was of zich deze dit kan geen hebben al zou wel "
        "onder tegen"
    ),
    "sv": (
        "och i att det som en på är av för med den till inte har de ett om var men jag sig från vi så kan när "
        "år under också efter eller nu sin där vid mot ska skulle än hade ut alla andra blev mycket över bara "
        "detta"
    ),
    "da": (
        "og i at det er en til på som med for den af de ikke har der et om men han var sig fra vi så kan være "
        "blev ved også efter eller nu havde ud hvor sin mod skal ville end over når siger meget kun blive hun "
        "jeg noget"
    ),
    "no": (
        "og i det er på til som en å for av at har med de ikke den var et om fra men han vi så seg kan ble "
        "være også etter eller nå hadde ut hvor sin mot skal ville enn over når sier mye bare bli hun jeg noe "
        "opp"
    ),
    "fi": (
        "ja on ei että oli se hän mutta ovat kun myös joka mukaan sen tai kuin ole niin vain jos nyt jo sitä "
        "ne olla hänen ollut noin voi mitä siitä vielä jonka sekä kanssa tämä vuonna joiden jälkeen tämän "
        "ennen olisi kuitenkin"
    ),
    "pl": (
        "w i na z do się nie że to jest o jak za od po przez dla są ale a co jego tym oraz także który już "
        "był może być tylko przy które było ich tego ze roku lat pod jej która mu będzie czy też jako przed"
    ),
    "cs": (
        "a v se na je že s z do o to i ve za k pro by jsem ale po jak který co od už jako tak jsou byl podle "
        "při také než roku bylo která jeho nebo které jen své až ze ještě má aby kde mezi před není"
    ),
    "sk": (
        "a v sa na je že s z do o to aj vo za k pre by som ale po ako ktorý čo od už tak sú bol podľa pri než "
        "roku bolo ktorá jeho alebo ktoré len svoje až zo ešte má aby kde medzi pred nie boli bude"
    ),
    "hu": (
        "a az és hogy nem is egy ez meg de volt már csak van ki mint azt még el lehet ha lesz pedig szerint "
        "vagy után más ezt amely aki amikor nagyon sem kell között által majd mert ahol arra alatt során "
        "minden"
    ),
    "ro": (
        "și de în a la cu pe din care nu o să că mai un este pentru au fi ce sau ca prin dar după am fost lui "
        "al ale sunt până când foarte această fără între despre acest unei unui ei ar vor"
    ),
    "hr": (
        "i je u da se na za su od s a koji o kao ne što to iz ali će do bi nije koje po te samo koja sve još "
        "nakon ili zbog već oko bio kako prema kod tako biti bila između tijekom godine"
    ),
    "tr": (
        "ve bir bu da de için ile çok en daha olarak olan gibi kadar sonra ise ancak var her ne ya değil o ki "
        "mi olduğu oldu göre tarafından şu diye bunun iki yeni onun ama arasında olduğunu yüzde dedi eden"
    ),
    "id": (
        "yang dan di untuk dengan pada dari ini dalam tidak akan itu adalah juga ke oleh telah karena sebagai "
        "ada bisa atau mereka kata tersebut para lebih saat dia secara sudah bahwa orang kepada tahun hanya "
        "seperti menjadi antara"
    ),
    "vi": (
        "và của là có được cho trong không một những người này đã với các khi từ để đến vào ra về như nhiều "
        "năm cũng sẽ phải tại trên sau nhưng ở theo bị còn rằng nước"
    ),
    "ca": (
        "de la i que el a en els les per un del amb una no és al es ha va més dels com però són aquest seva "
        "seu també han aquesta o si hi ser molt fins perquè quan sobre entre des ja als anys"
    ),
    "ru": (
        "и в не на что с он по как это а но к у из за от его для о так же все было она бы был или мы ее до "
        "если их уже когда только также может этого были при года после чтобы которые где"
    ),
    "uk": (
        "і в не на що з та до у як за від його для це про але по є також був який року які або того під час "
        "через бути їх було вже коли між тому вона вони ще лише щоб має"
    ),
    "bg": (
        "и на в за да се от не е са с че по до това като си ще при или който как след които към бе беше но "
        "има му през само още година също може било когато във между над"
    ),
    "sr": (
        "и је у да се на за су од са а који о као не што то из али ће до би није које по те само која све још "
        "после или због"
    ),
    "ar": (
        "في من على أن إلى التي عن ما هذا مع الذي هذه كان لا أو بعد قال كما لم بين خلال ذلك كل قبل ان وقال "
        "كانت حول عام عليه"
    ),
    "fa": ("در به از که این با را است برای آن یک خود تا کرد بر هم نیز می شده شد باید گفت ما او های وی اما کند بود هر"),
    "ur": "کے میں کی ہے اور سے کا کو اس کہ ہیں نے پر ان یہ بھی ایک تھا کر گیا تھے نہیں وہ جو ہو رہے لئے بعد گئی",
    "hi": "के में की है और से का को इस कि हैं ने पर यह भी एक था कर गया थे नहीं वह जो हो रहे लिए बाद गई साथ",
    "mr": "आहे आणि या च्या मध्ये ते होते करण्यात नाही तर असे यांनी केली ही हा आहेत त्या येथे झाली म्हणून केले",
    "he": "של את על לא הוא כי זה עם גם או היא אני כל אם יש בין היה אך אל עוד רק מה לאחר הם יותר כך אבל",
    "el": (
        "και το της να η του τη την των με που για στην από στο ο τα οι είναι δεν θα τον σε ότι στη τις έχει ένα μια"
    ),
}
"""The commonest words of each language that carry no subject."""

_SCRIPTS = (
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("th", re.compile("[\u0e01-\u0e3a]")),
    ("hy", re.compile("[\u0531-\u0587]")),
    ("ka", re.compile("[\u10d0-\u10ff]")),
    ("bn", re.compile("[\u0985-\u09b9]")),
    ("ta", re.compile("[\u0b85-\u0bb9]")),
    ("te", re.compile("[\u0c05-\u0c39]")),
    ("km", re.compile("[\u1780-\u17b3]")),
    ("my", re.compile("[\u1000-\u102a]")),
    ("am", re.compile("[\u1200-\u135a]")),
)
"""Scripts that one language uses almost alone, or that set no spaces. Kana are looked at before Han."""

_SAMPLE = 2000
"""Characters looked at; more does not change the answer."""

_MIN_WORDS = 6
_MIN_SHARE = 0.12
"""At least this part of the words must be small words of the language; running text has 0.3 and more."""


_RICH = frozenset(("ar", "fa", "fi", "he", "hu", "tr", "ur"))
_MIN_SHARE_RICH = 0.06
"""Languages that put into endings and prefixes what others say in small words need fewer of them."""


def _weights() -> dict[str, tuple[tuple[str, float], ...]]:
    """Word → languages it speaks for, each with the log of how much it narrows the choice."""
    owners: dict[str, list[str]] = {}
    for language, words in _SMALL_WORDS.items():
        for word in dict.fromkeys(words.split()):
            owners.setdefault(word, []).append(language)
    total = len(_SMALL_WORDS)
    return {
        word: tuple((language, math.log(total / len(languages)) / math.log(total)) for language in languages)
        for word, languages in owners.items()
    }


_WEIGHTS = _weights()
_SETS = {language: frozenset(words.split()) for language, words in _SMALL_WORDS.items()}
_OWN_SCRIPT = re.compile("[\u0531-\u0587\u0985-\u135a\u1780-\u17b3\u3041-\ud7a3]")


def detect_language(text: str) -> str:
    """Tell the language of a text: a BCP 47 tag of two letters, or an empty string where it cannot be told.

    Looks at the first 2,000 characters. Answers only where small words of one language make up at least an eighth of
    the words and clearly more than those of any other; a text of fewer than six words has no answer (but in scripts of
    one language alone).
    """
    return language_share(text)[0]


def language_share(text: str) -> tuple[str, float]:
    """Tell the language as `detect_language` does, and which part of the words are small words of it (0 to 1)."""
    sample = text[:_SAMPLE]
    if not sample.isascii() and _OWN_SCRIPT.search(sample):
        letters = sum(map(str.isalpha, sample))
        for language, script in _SCRIPTS:
            found = len(script.findall(sample))
            if found > 1 and found >= letters * (0.1 if language == "ja" else 0.5):
                return language, found / letters
    counts = Counter(sample.lower().replace("’", "'").split())
    total = counts.total()
    if total < _MIN_WORDS:
        return "", 0.0
    scores: dict[str, float] = {}
    for word in counts.keys() & _WEIGHTS.keys():
        count = counts[word]
        for language, weight in _WEIGHTS[word]:
            scores[language] = scores.get(language, 0.0) + count * weight
    if not scores:
        return "", 0.0
    (best, score), *others = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    second = others[0][1] if others else 0.0
    small = sum(count for word, count in counts.items() if word in _SETS[best])
    if small < total * (_MIN_SHARE_RICH if best in _RICH else _MIN_SHARE) or small < 2 or score <= second * 1.12:
        return "", 0.0
    return best, small / total


def small_words(language: str) -> frozenset[str]:
    """Return the commonest small words of a language; none for one that is not known."""
    return _SETS.get(language.split("-", maxsplit=1)[0].lower(), frozenset())
