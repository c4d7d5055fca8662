"""What attachments put on the portal's home: what waits for a manager (§5.3)."""

from django.http import HttpRequest
from django.urls import reverse

from sandbox.web.domaines import Tache, register_taches
from structures import queries_utilisateurs as queries
from structures.acces import droits_de
from structures.permissions import Acte, structures_permises


def demandes_a_traiter(request: HttpRequest) -> list[Tache]:
    """One query, whatever the number of structures; none for who decides on nothing."""
    gerees = structures_permises(droits_de(request), Acte.TRAITER_RATTACHEMENTS)
    attente = queries.attente_par_structure(gerees) if gerees else {}
    nombre = sum(attente.values())
    if len(attente) == 1:
        url = reverse("structures:approbations", args=list(attente))
    else:
        url = reverse("structures:application_utilisateurs")
    return [Tache(nombre, f"demande{'s' if nombre > 1 else ''} de rattachement à traiter", url)]


register_taches(20, demandes_a_traiter)
