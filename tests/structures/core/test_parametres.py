"""The six switches of a public structure: derived rule for the 64 combinations, contradictions (§4.3)."""

from itertools import product

import pytest

from structures.rules import Cas, Parametres, cas, incoherences

DRAPEAUX = (
    *("engagement_obligatoire", "service_obligatoire", "engagement_ou_service"),
    *("mise_en_paiement_non_remontee", "avec_moa", "moa_uniquement"),
)

# Copied by hand from the dossier: (engagement, service, « ou ») → number of the case.
TABLE = {
    (False, False, False): 1,
    (False, True, False): 2,
    (True, False, False): 3,
    (True, True, False): 5,
    (False, False, True): 4,
    (False, True, True): 4,
    (True, False, True): 4,
    (True, True, True): 4,
}


@pytest.mark.parametrize("valeurs", list(product([False, True], repeat=6)))
def test_les_64_combinaisons(valeurs):
    reglages = dict(zip(DRAPEAUX, valeurs, strict=True))
    assert cas(Parametres(**reglages)) == Cas(TABLE[valeurs[:3]])
    assert cas(Parametres(**reglages, etat_public=True)) == Cas.ETAT == 7


@pytest.mark.parametrize("valeurs", list(product([False, True], repeat=6)))
@pytest.mark.parametrize("services", [0, 1])
def test_les_64_combinaisons_contradictions(valeurs, services):
    engagement, service, ou, _paiement, avec, seulement = valeurs
    attendus = set()
    if ou and (engagement or service):
        attendus.add("engagement_ou_service")
    if service and not services:
        attendus.add("service_obligatoire")
    if seulement and not avec:
        attendus.add("moa_uniquement")
    reglages = Parametres(**dict(zip(DRAPEAUX, valeurs, strict=True)))
    trouvees = incoherences(reglages, services_actifs=services)
    assert {champ for champ, _ in trouvees} == attendus
    assert all(message.endswith(".") for _, message in trouvees)


@pytest.mark.parametrize(
    ("service", "engagement", "champ"),
    [
        (True, True, None),
        (True, False, "engagement_obligatoire"),
        (False, True, "service_obligatoire"),
        (False, False, "service_obligatoire"),
    ],
)
def test_l_etat_exige_les_deux(service, engagement, champ):
    reglages = Parametres(etat_public=True, service_obligatoire=service, engagement_obligatoire=engagement)
    trouvees = [c for c, _ in incoherences(reglages, services_actifs=1)]
    assert trouvees == ([champ] if champ else [])
