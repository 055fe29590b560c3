"""Which words of a page are written in a room, and how large."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from homecall_appliance.display.lettering import SMALLEST_TEXT, Paragraph, Row, rows_of
from homecall_appliance.display.page import Page
from homecall_appliance.display.theme import Theme

_TITLE, _SMALL_TITLE, _STATUS = 1.5, 1.2, 1.2
"""Shares of the text's size; the smaller title is for a word that is too long for its row."""

_MARKS = {True: 2.4, False: 4.0}
"""Height of HomeCall's mark in texts, beside a code and on a page without one."""

_MARKED = {True: 0.8, False: 0.6}
"""Of the largest text: with a smaller one the mark is left out where it does not fit."""


@dataclass(frozen=True)
class Arrangement:
    """Rows of a page, from the top."""

    rows: Sequence[Row] = ()

    size: int = SMALLEST_TEXT
    """Of the text, in pixels."""

    mark: int = 0
    """Height of HomeCall's mark above them, in pixels; 0: there is none. Below it is a gap as high
    as the text."""

    @property
    def height(self) -> int:
        """Pixels of all of it."""
        return sum(row.height for row in self.rows) + (self.mark + self.size if self.mark else 0)


@dataclass(frozen=True)
class Room:
    """Where a page is written."""

    width: int
    height: int
    """Pixels."""

    largest: int
    readable: int
    """Pixels of the largest text, and of the smallest for which no sentence is left out."""

    centred: bool

    marked: bool = True
    """Whether HomeCall's mark is wanted there."""


def arrange(page: Page, theme: Theme, room: Room) -> Arrangement:
    """Return as much of a page as there is room for, as large as it can be."""
    choices = [*_choices(page, theme)]
    for smallest in (min(room.readable, room.largest), SMALLEST_TEXT):
        sizes = range(smallest, room.largest + 1)
        for paragraphs in choices:
            attempt = _Attempt(paragraphs, theme, room, bool(page.code), smallest)
            if attempt.at(smallest):
                too_large = bisect_left(sizes, True, key=lambda size: attempt.at(size) is None)
                return attempt.at(sizes[too_large - 1], balanced=True) or Arrangement()
    title = Paragraph(page.title, 1, theme.title, breakable=True)
    for paragraphs in (*choices, [title]):
        low = [replace(each, scale=1, bold=False) for each in paragraphs]
        found = Arrangement(rows_of(low, SMALLEST_TEXT, room.width))
        if found.rows and found.height <= room.height:
            return found
    return Arrangement()


@dataclass(frozen=True)
class _Attempt:
    """Some paragraphs that may fit into a room."""

    paragraphs: Sequence[Paragraph]
    theme: Theme
    room: Room
    beside_code: bool
    smallest: int

    def at(self, size: int, *, balanced: bool = False) -> Arrangement | None:
        """Arrange them in a size, with the mark where there is room for it; None: they do not fit,
        or the mark does not in a size in which it has to be there."""
        mark = round(_MARKS[self.beside_code] * size)
        marked = max(self.smallest, round(_MARKED[self.beside_code] * self.room.largest))
        for title in (_TITLE, _SMALL_TITLE):
            scaled = [replace(each, scale=min(each.scale, title)) for each in self.paragraphs]
            centred = self.room.centred
            rows = rows_of(scaled, size, self.room.width, centred=centred, balanced=balanced)
            plain = Arrangement(rows, size)
            marks = self.room.marked and not self.theme.plain
            with_mark = replace(plain, mark=mark if marks else 0)
            if rows and with_mark.height <= self.room.height:
                return with_mark
            if rows and plain.height <= self.room.height and size <= marked:
                return plain
        return None


def _choices(page: Page, theme: Theme) -> Iterator[list[Paragraph]]:
    """Yield what of a page can be written, the best first. A long address takes the room of
    a sentence or two: then it is left out, and not the sentence that says what to do. Where
    one sentence has room, it is the first that says what is wrong."""
    title = Paragraph(page.title, _TITLE, theme.title, bold=not theme.plain, live=page.live)
    status = [Paragraph(each, _STATUS, theme.accent) for each in page.status]
    ticker = []
    if page.ticker:
        scale = 1.0 if page.ticker.share is not None else _TITLE
        ticker = [Paragraph(page.ticker.text, scale, theme.text, ticks=True)]
    address = [Paragraph(page.address, 1, theme.soft, breakable=True)] if page.address else []
    sentences = [
        *([Paragraph(page.advice, 1, theme.text)] if page.advice else []),
        *(Paragraph(note, 1, theme.accent) for note in page.notes),
    ]
    if page.urgent:
        yield [title, *sentences, *ticker]
    head = [title, *ticker, *status] if page.live else [*status, title, *ticker]
    for others in (address, []):
        for count in range(len(sentences), 1, -1):
            yield [*head, *others, *sentences[:count]]
        for sentence in sentences[1::-1]:
            yield [*head, *others, sentence]
    yield [*head, *address]
    yield head
    yield [title, *ticker]
    yield [title]
