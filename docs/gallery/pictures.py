"""Draw the gallery's pictures, small enough for a page: ``python docs/gallery/pictures.py [STEM …]``; without stems, all of them."""

import sys
from pathlib import Path

from nkestimate import fit, load_case
from nkestimate.reporting.picture import save_png
from nkestimate.reporting.slides import slides
from nkestimate.reporting.story import Story

HERE = Path(__file__).parent
SHIPPED = [HERE.parents[1] / "priors" / f"{stem}.yaml" for stem in ("north-korea-russia", "beirut-explosion")]
CASES = [*SHIPPED, *sorted(HERE.glob("*.yaml"))]


def main() -> None:
    """Write one picture a case beside this file."""
    for path in (path for path in CASES if path.stem in (sys.argv[1:] or path.stem)):
        wide = slides(Story(fit(load_case(path), progress=False).require_converged()))[0]
        save_png(wide, HERE / path.stem, dpi=150)
        print(path.stem)


if __name__ == "__main__":
    main()
