"""A text is cut at ends of lines into pieces of UTF-8 for the quick reader."""

import codecs
from collections.abc import Callable
from typing import BinaryIO, Final

from vernost.intake.rules import encodings

BLOCK: Final = 1024 * 1024
PIECE: Final = 16 * 1024 * 1024
# A file is read, looked up and written at the same time: the first piece is small, so that writing begins early,
# and each has twice the size of that before it, so that there are few.
_FIRST_SHARE: Final = 12
_LEAST_PIECE: Final = 2 * 1024 * 1024
# A row of a dealer has some hundred letters; a file without ends of lines must not fill the memory.
LONGEST_LINE: Final = 8 * 1024 * 1024


class NeedsPatience(Exception):
    """The quick reader cannot answer for this text."""


class Cut:
    """A text on its way into pieces of UTF-8, block by block: never is a whole piece in memory."""

    def __init__(self, stream: BinaryIO, encoding: str, size: int) -> None:
        self._stream, self._encoding = stream, encoding
        self._piece = min(PIECE, max(_LEAST_PIECE, size // _FIRST_SHARE))
        self._block = stream.read(BLOCK)
        self._end_of_line = b"\n"
        self.at_end = not self._block

    def next_piece(self, target: BinaryIO) -> tuple[int, int]:
        """Write the next piece, which ends at the end of a line; return its lines and its bytes in the file."""
        recoded = _recoder(self._encoding)
        lines = size = in_line = 0
        is_whole = False
        while not is_whole:
            block, following = self._block, self._stream.read(BLOCK)
            size += len(block)
            self.at_end = is_whole = not following
            if b"\r\n" in block:
                self._end_of_line = b"\r\n"
            end = block.rfind(b"\n") + 1
            if self.at_end:
                block = self._ended(block, has_begun=in_line > 0)
            elif end and size >= self._piece:
                block, following, is_whole = block[:end], block[end:] + following, True
                size -= len(self._block) - end
            in_line = len(block) - end if end else in_line + len(block)
            if b"\0" in block or in_line > LONGEST_LINE:
                raise NeedsPatience
            target.write(recoded(block))
            lines += block.count(b"\n")
            self._block = following
        self._piece = min(PIECE, 2 * self._piece)
        return lines, size

    def _ended(self, block: bytes, *, has_begun: bool) -> bytes:
        """Return the end of a text with one end of line after its last row, of the kind that it has elsewhere."""
        whole = block.rstrip(b"\r\n")
        if not whole and has_begun:
            return block[: block.find(b"\n") + 1] or self._end_of_line
        return whole + self._end_of_line if whole else b""


def _recoder(encoding: str) -> Callable[[bytes], bytes]:
    if encoding in {encodings.UTF_8, "utf-8-sig"}:
        return bytes
    decoder = codecs.getincrementaldecoder(encoding)()

    def recoded(block: bytes) -> bytes:
        try:
            return decoder.decode(block).encode()
        except UnicodeDecodeError as error:
            raise NeedsPatience from error

    return recoded
