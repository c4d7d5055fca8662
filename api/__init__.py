"""The imitation of the Chorus Pro API behind PISTE: gateway, one module per family, no rule of its own (api.md)."""
