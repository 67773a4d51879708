"""Files as people put them in."""

import io

from PIL import Image

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def photo(size=(800, 600), kind="JPEG"):
    made = io.BytesIO()
    Image.new("RGB", size, (120, 20, 20)).save(made, kind)
    return made.getvalue()
