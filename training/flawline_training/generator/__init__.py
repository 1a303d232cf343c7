"""Pictures of textured surfaces with defects, and the masks of those defects, drawn from a seed.

No photograph is used, so whatever comes out may be shipped.
"""

from .picture import KINDS, SURFACES, Picture, draw, mark, photograph

__all__ = ['KINDS', 'SURFACES', 'Picture', 'draw', 'mark', 'photograph']
