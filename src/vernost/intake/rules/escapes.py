"""The quote that our own CSV and XLSX put before a text that a spreadsheet would run: =1+1 leaves us as '=1+1.

`core.spreadsheets` puts it there; a test holds the two together.
"""

from typing import Final

MACRO: Final = r"""CREATE OR REPLACE MACRO unescaped_text(x) AS
    CASE WHEN x >= '''' AND x < '(' AND regexp_matches(x, '^''+[=+\-@\t\r\n\x00＝＋－＠]') THEN x[2:] ELSE x END"""
