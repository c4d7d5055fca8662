"""Lines of addressing: derived from a structure and its services, and the address that an issuer picks (§8.2)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structures.annuaire import (
    CHORUS_PRO,
    PLATEFORME_FICTIVE,
    Etablissement,
    EtatLigne,
    Forme,
    Ligne,
    NatureLigne,
    ServiceAnnuaire,
    adresse_choisie,
    lignes,
    lignes_entite,
)

pytestmark = pytest.mark.unit
JOUR, NE = date(2026, 12, 7), date(2026, 1, 5)
SIRET, FRERE = "00020002200010", "00020002200028"
RACINE = f"000200022_{SIRET}"


def service(code="CHM-TECH", **champs):
    return ServiceAnnuaire(**({"code": code, "libelle": "Services techniques", "cree_le": NE} | champs))


def publique(*services, **champs):
    return Etablissement(**({"siret": SIRET, "publique": True, "cree_le": NE, "services": services} | champs))


def privee(**champs):
    return Etablissement(**({"siret": SIRET, "publique": False, "cree_le": NE} | champs))


def test_une_privee_a_son_siren_sur_une_plateforme_fictive():
    (ligne,) = lignes(privee(), JOUR)
    assert (ligne.forme, ligne.adresse, ligne.plateforme) == (Forme.SIREN, "000200022", PLATEFORME_FICTIVE)
    assert (ligne.type_plateforme, ligne.etat, ligne.nature) == ("PDP", "A", NatureLigne.DEFINITION)
    assert ligne.est_active(JOUR)


def test_une_publique_a_son_siret_puis_ses_services():
    ligne, tech, pharma = lignes(publique(service("CHM-TECH"), service("CHM-AAA")), JOUR)[:3]
    assert (ligne.forme, ligne.adresse, ligne.plateforme) == (Forme.SIREN_SIRET, RACINE, CHORUS_PRO)
    assert ligne.type_plateforme == "PPF"
    assert [x.adresse for x in (tech, pharma)] == [f"{RACINE}_CHM-AAA", f"{RACINE}_CHM-TECH"]
    assert tech.forme == Forme.SIREN_SIRET_CODEROUTAGE
    assert (pharma.code_routage, pharma.debut, pharma.fin_effet, pharma.fin_effective) == ("CHM-TECH", NE, None, None)


def test_creer_un_service_cree_sa_ligne_le_fermer_la_finit():
    hier = JOUR - timedelta(days=1)
    assert len(lignes(publique(), JOUR)) == 1
    ouverte = lignes(publique(service(cree_le=hier)), JOUR)[1]
    assert (ouverte.debut, ouverte.etat) == (hier, EtatLigne.ACTIVE)
    fermee = lignes(publique(service(actif=False, ferme_le=JOUR)), JOUR)[1]
    assert (fermee.etat, fermee.fin_effective) == (EtatLigne.FERMEE, JOUR)
    assert not fermee.est_active(JOUR)
    assert lignes(publique(service(actif=False)), JOUR)[1].fin_effective == NE


def test_les_dates_du_service_sont_celles_de_la_ligne():
    fin = JOUR + timedelta(days=10)
    a_venir = lignes(publique(service(debut=JOUR + timedelta(days=1), fin=fin)), JOUR)[1]
    assert (a_venir.etat, a_venir.nature, a_venir.fin_effet) == ("A", NatureLigne.DEFINITION, fin)
    assert not a_venir.est_active(JOUR)
    assert a_venir.est_active(fin)
    assert not a_venir.est_active(fin + timedelta(days=1))
    passee = lignes(publique(service(fin=JOUR - timedelta(days=1))), JOUR)[1]
    assert (passee.etat, passee.fin_effective) == ("F", JOUR - timedelta(days=1))


def test_moa_uniquement_finit_les_lignes_et_masque_celles_a_venir():
    courante, *services = lignes(
        publique(service("A"), service("B", debut=JOUR + timedelta(days=5)), moa_uniquement=True, ferme_le=JOUR),
        JOUR,
    )
    assert (courante.etat, courante.fin_effective) == ("F", JOUR)
    assert [(x.etat, x.nature, x.fin_effective) for x in services] == [
        ("F", NatureLigne.DEFINITION, JOUR),
        ("A", NatureLigne.MASQUAGE, None),
    ]
    assert adresse_choisie([courante, *services], SIRET, JOUR + timedelta(days=30)) is None


def test_une_structure_inactive_n_a_plus_d_adresse():
    for etablissement in (publique(service(), actif=False, ferme_le=JOUR), privee(actif=False)):
        toutes = lignes(etablissement, JOUR)
        assert {x.etat for x in toutes} == {"F"}
        assert all(x.fin_effective in (JOUR, NE) for x in toutes)
        assert adresse_choisie(toutes, SIRET, JOUR) is None


def test_deux_etablissements_prives_partagent_la_ligne_de_leur_siren():
    (ligne,) = lignes_entite([privee(actif=False), privee(siret=FRERE)], JOUR)
    assert ligne.est_active(JOUR)
    (ligne,) = lignes_entite([privee(), privee(siret=FRERE, actif=False)], JOUR)
    assert ligne.est_active(JOUR)


def ligne(forme, adresse, **champs):
    return Ligne(
        **(
            {
                "forme": forme,
                "adresse": adresse,
                "plateforme": CHORUS_PRO,
                "type_plateforme": "PPF",
                "nature": NatureLigne.DEFINITION,
                "etat": EtatLigne.ACTIVE,
                "debut": NE,
            }
            | champs
        )
    )


ORDRE = [
    ligne(Forme.SIREN_SIRET, RACINE),
    ligne(Forme.SIREN_SIRET_CODEROUTAGE, f"{RACINE}_AAA"),
    ligne(Forme.SIREN_SIRET_CODEROUTAGE, f"{RACINE}_B_1"),
    ligne(Forme.SIREN, "000200022"),
    ligne(Forme.SIREN_SUFFIXE, "000200022_COMPTA"),
    ligne(Forme.SIREN_SUFFIXE, "000200022_VENTES"),
]
AILLEURS = [
    ligne(Forme.SIREN_SIRET, f"000200022_{FRERE}"),
    ligne(Forme.SIREN_SIRET_CODEROUTAGE, f"000200022_{FRERE}_AAA"),
    ligne(Forme.SIREN, "000200014"),
    ligne(Forme.SIREN_SIRET, RACINE, etat=EtatLigne.FERMEE),
    ligne(Forme.SIREN, "000200022", nature=NatureLigne.MASQUAGE),
]


@given(st.sets(st.sampled_from(range(len(ORDRE)))), st.randoms())
def test_l_emetteur_prend_la_premiere_dans_l_ordre(gardees, hasard):
    connues = [ORDRE[rang] for rang in gardees] + AILLEURS
    hasard.shuffle(connues)
    attendue = ORDRE[min(gardees)] if gardees else None
    assert adresse_choisie(connues, SIRET, JOUR) == attendue


DATES = st.one_of(st.none(), st.dates(NE, date(2027, 12, 31)))


@given(
    st.booleans(),
    st.booleans(),
    st.booleans(),
    DATES,
    st.lists(st.tuples(DATES, DATES, st.booleans(), DATES), max_size=5),
)
def test_ce_qui_vaut_pour_toute_structure(est_publique, actif, moa, ferme_le, donnees):
    services = [
        service(f"S{rang}", debut=debut, fin=fin, actif=ouvert, ferme_le=ferme)
        for rang, (debut, fin, ouvert, ferme) in enumerate(donnees)
    ]
    etablissement = publique(*services, publique=est_publique, actif=actif, moa_uniquement=moa, ferme_le=ferme_le)
    toutes = lignes(etablissement, JOUR)
    assert len(toutes) == (1 + len(services) if est_publique else 1)
    assert len({x.adresse for x in toutes}) == len(toutes)
    for x in toutes:
        assert (x.etat == EtatLigne.FERMEE) == (x.fin_effective is not None)
        if x.fin_effective:
            assert x.fin_effective >= x.debut
        if x.est_active(JOUR):
            assert actif
            assert not (moa and est_publique)
    if est_publique and any(x.est_active(JOUR) for x in toutes):
        assert toutes[0].est_active(JOUR)
