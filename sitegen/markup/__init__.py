"""Pure: front matter codec, Markdown to HTML, mention marks."""
