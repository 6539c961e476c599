"""Markdown to HTML: what articles look like."""

from __future__ import annotations

import threading

import pytest

from sitegen.markup import markdown_html
from sitegen.markup.markdown_html import render_markdown


def html_of(body: str) -> str:
    rendered = render_markdown(body, "a.md")
    assert rendered.problems == ()
    return rendered.html.replace("\x11", "@/")


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("", ""),
        ("\n \n", ""),
        ("A.\n\nB.", "<p>A.</p>\n<p>B.</p>"),
        ("A.\r\n\r\nB.", "<p>A.</p>\n<p>B.</p>"),
        ("AT&T > 5", "<p>AT&amp;T &gt; 5</p>"),
        ("a\\*b 1986\\. \\#", "<p>a*b 1986. #</p>"),
        ("*a* **b** `c<d`", "<p><em>a</em> <strong>b</strong> <code>c&lt;d</code></p>"),
        ("a\nb  \nc", "<p>a\nb<br>\nc</p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
        ("```python\nx<y\n```", "<pre><code>x&lt;y\n</code></pre>"),
        ("a\xa0b &nbsp; *c*", "<p>a\xa0b \xa0 <em>c</em></p>"),
        ("&copy; 1986 *c*", "<p>© 1986 <em>c</em></p>"),
        ("---", "<hr>"),
        (
            "<b>a</b> <u>c</u> <span dir=rtl lang=he>d</span>",
            '<p><b>a</b> <u>c</u> <span dir="rtl" lang="he">d</span></p>',
        ),
    ],
)
def test_markdown_becomes_html(body: str, html: str) -> None:
    """The usual Markdown does the usual things."""
    assert html_of(body) == html


def test_tables_align_without_styles() -> None:
    """Alignment is an attribute, as a strict content security policy allows no inline style."""
    html = html_of("| a | b |\n|:--|--:|\n| 1 | 2 |")
    assert '<th align="left">a</th>' in html
    assert '<td align="right">2</td>' in html
    assert "style" not in html


def test_footnotes_link_within_the_body() -> None:
    """Footnote ids carry a prefix, and their links the same."""
    html = html_of("A[^n].\n\n[^n]: Note.")
    assert 'id="body-fnref:n"' in html
    assert 'href="#body-fn:n"' in html
    assert 'id="body-fn:n"' in html
    assert 'href="#body-fnref:n"' in html


def test_footnotes_of_one_article_do_not_leak_into_the_next() -> None:
    """Converters are used again, without anything from the article before."""
    first = html_of("A[^n] [b].\n\n[^n]: Note.\n\n[b]: http://b.example")
    assert "footnote" in first
    assert html_of("A*b* [^n] [b].") == "<p>A<em>b</em> [^n] [b].</p>"
    assert html_of("A[^n] [b].\n\n[^n]: Note.\n\n[b]: http://b.example") == first


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("# A\n\n## B\n\n###### F", "<h2>A</h2>\n<h3>B</h3>\n<h6>F</h6>"),
        ("## A\n\n### B", "<h2>A</h2>\n<h3>B</h3>"),
        ("A\n=\n\ntext", "<h2>A</h2>\n<p>text</p>"),
        ("<h1>A</h1>\n\n<h5>B</h5>", "<h2>A</h2>\n\n<h6>B</h6>"),
    ],
)
def test_headings_leave_the_first_place_to_the_page(body: str, html: str) -> None:
    """The page's title is its only `h1`: a body that has one moves down, any other stays."""
    assert html_of(body) == html


@pytest.mark.parametrize(
    ("target", "href"),
    [
        ("http://a.example/?b=1&c=2", "http://a.example/?b=1&amp;c=2"),
        ("HTTPS://a.example", "HTTPS://a.example"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("/2018/06/x/", "@/2018/06/x/"),
        ("/2018/06/x/?q=1#y", "@/2018/06/x/?q=1#y"),
        ("/", "@/"),
        ("../media/a.pdf", "@/media/a.pdf"),
        ("../../../media/a.pdf", "@/media/a.pdf"),
        ("media/a.pdf", "@/media/a.pdf"),
        ("./media/a.pdf", "@/media/a.pdf"),
        ("/media/a.pdf", "@/media/a.pdf"),
        ("other-article.md", "other-article.md"),
        ("../07/other.md#top", "../07/other.md#top"),
        ("#fn:1", "#body-fn:1"),
        ("//a.example/x", "https://a.example/x"),
        ("<a b/c>", "a%20b/c"),
    ],
)
def test_links_lead_where_they_may(target: str, href: str) -> None:
    """Web, mail and the site itself; links from the site's root wait for the way there."""
    assert html_of(f"[t]({target})") == f'<p><a href="{href}">t</a></p>'


@pytest.mark.parametrize(
    "target",
    [
        "javascript:x",
        "data:text/html,x",
        "ftp://a.example",
        "file:///etc/passwd",
        "/../x",
        "/a/%2e%2e/b",
        "#",
        "vbscript:x",
    ],
)
def test_other_links_lose_their_target(target: str) -> None:
    """What is neither web, mail nor a place within the site is text only."""
    assert html_of(f"[t]({target})") == "<p><a>t</a></p>"


def test_link_titles_stay() -> None:
    """A title is shown on hovering."""
    assert html_of('[t](/x/ "A *b* <c>")') == '<p><a href="@/x/" title="A *b* &lt;c&gt;">t</a></p>'


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("![a](../media/x.png)", '<img src="@/media/x.png" alt="a" loading="lazy">'),
        ('![](/media/x.png "t")', '<img src="@/media/x.png" alt="" title="t" loading="lazy">'),
        (
            '<img width=5 src="media/x.png" onerror=1>',
            '<img src="@/media/x.png" alt="" width="5" loading="lazy">',
        ),
        ("![a *b*](http://a.example/x.png)", '<a href="http://a.example/x.png">a *b*</a>'),
        ("![](https://a.example/x.png)", '<a href="https://a.example/x.png">https://a.example/x.png</a>'),
        ("![](https://a.example/x.png \"t 'q'\")", "<a href=\"https://a.example/x.png\">t 'q'</a>"),
        ("![a](//a.example/x.png)", '<a href="https://a.example/x.png">a</a>'),
        ("[![a](http://a.example/x.png)](http://b.example)", '<a href="http://b.example">a</a>'),
        ("[![a](media/x.png)](/x/)", '<a href="@/x/"><img src="@/media/x.png" alt="a" loading="lazy"></a>'),
        ("![a](data:image/png;base64,x)", "a"),
        ("![a](/other/x.png)", "a"),
        ("![a](/media/../../x.png)", "a"),
        ("![a](media/%2e%2e/x.png)", "a"),
        ("![<b>](http://a.example/x.png)", '<a href="http://a.example/x.png">&lt;b&gt;</a>'),
    ],
)
def test_images_come_from_the_archive_or_become_links(body: str, html: str) -> None:
    """No page asks another host for anything by being read."""
    assert html_of(body) == f"<p>{html}</p>"


def test_bodies_can_be_rendered_in_several_threads() -> None:
    """Each thread has a converter of its own while it works."""
    results: list[str] = []

    def work(number: int) -> None:
        results.extend(render_markdown(f"*{number}*[^a]\n\n[^a]: {number}").html for _ in range(20))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(results)) == 4
    assert len(markdown_html._converters) <= 6
