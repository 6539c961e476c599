"""Words that say how a sentence is built rather than what it is about, by language.

They are indexed like all others: quoted, demanded with `+`, written in capitals (`WHO`) or alone they are searched for.
Among other words of a query they would cost bytes and blur the ranking, so the client leaves them out.
"""

from __future__ import annotations

from collections.abc import Iterable

from sitegen.search.analysis import base_language, fold

_LISTS = {
    "en": "a about above after again against all also am an and any are as at be because been before being "
    "below between both but by can could did do does doing down during each few for from further had has "
    "have having he her here hers herself him himself his how i if in into is it its itself just may me "
    "more most my myself no nor not now of off on once only or other our ours out over own same shall she "
    "should so some such than that the their theirs them then there these they this those through to too "
    "under until up us very was we were what when where which while who whom why will with would you your "
    "yours",
    "de": "aber als am an auch auf aus bei bin bis bist da damit dann das dass dein dem den der des die dies "
    "diese diesem diesen dieser dieses doch dort du durch ein eine einem einen einer eines er es für "
    "gegen habe haben hat hatte hier ich ihm ihn ihr ihre im in ist ja kann kein keine man mein mit nach "
    "nicht noch nun nur ob oder ohne sehr sein seine sich sie sind so über um und uns unter vom von vor "
    "war waren was wenn wer wie wir wird wurde zu zum zur zwischen",
    "fr": "à au aux avec ce ces cet cette dans de des du elle elles en est et été être eux il ils je la le les "
    "leur leurs lui mais me même mes moi mon ne nos notre nous on ont ou où par pas plus pour qu que qui "
    "sa sans se ses si son sont sur ta te tes toi ton tu un une vos votre vous y",
    "es": "a al algo como con contra cuando de del desde donde el ella ellas ellos en entre era es esa ese esta "
    "este esto fue ha han hay la las le les lo los más me mi mis muy ni no nos o para pero por porque que "
    "quien se ser si sin sobre son su sus también te tu un una uno y ya yo",
    "it": "a ad agli ai al alla alle anche che chi ci come con contro cui da dagli dai dal dalla dei del della "
    "delle di e ed era gli ha hanno i il in io la le lei lo loro lui ma mi ne nei nel nella noi non o per "
    "perché più quale quando questa questo se si sia sono su sua sue sui sul sulla suo suoi ti tra tu un "
    "una uno vi voi",
    "pt": "a à ao aos as às com como da das de dela dele do dos e é ela elas ele eles em entre era essa esse "
    "esta este eu foi há isso isto já lhe mais mas me mesmo muito na não nas nem no nos nós o os ou para "
    "pela pelo por qual quando que quem se sem ser seu seus só sua suas são também te um uma você",
    "nl": "aan al als bij daar dan dat de der deze die dit doch doen door dus een en er ge geen had heb hebben "
    "heeft hem het hier hij hoe hun ik in is ja je kan maar me meer men met mij mijn na naar niet nog nu "
    "of om onder ons ook op over te tegen toen tot u uit van veel voor want was wat we werd wie wij word "
    "worden zal ze zich zij zijn zo zou",
}


def function_words(languages: Iterable[str]) -> list[str]:
    """Give the folded function words of some languages (BCP 47 tags), ascending."""
    found = {fold(word) for tag in languages for word in _LISTS.get(base_language(tag), "").split()}
    return sorted(found)
