"""structures/raccordement.py: interfaces, states, what a fiche must hold. No database."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest

from structures.enums import EtatRaccordement
from structures.raccordement import (
    FAMILLES,
    INTERFACES,
    PREAVIS,
    TRANSITIONS,
    Acteur,
    Action,
    Sens,
    abonnements,
    action_de,
    adresses_ip,
    badge,
    connues,
    etapes,
    familles_de,
    manques,
    offertes,
    possibles,
    proche,
)

LE = date(2026, 12, 7)
E = EtatRaccordement


class TestInterfaces:
    def test_a_main_interface_brings_its_acknowledgement(self):
        lignes = abonnements(["FSO1117A"])
        assert [(a.code, a.sens, a.principale) for a in lignes] == [
            ("FSO1117A", Sens.EMISSION, ""),
            ("CSO1117A", Sens.RECEPTION, "FSO1117A"),
        ]

    def test_a_reception_brings_nothing_more(self):
        assert [a.code for a in abonnements(["FEN1200A", "INCONNUE"])] == ["FEN1200A"]

    def test_every_emission_is_acknowledged_under_its_own_digits(self):
        emises = [i for i in INTERFACES.values() if i.sens == Sens.EMISSION]
        assert {i.accuse for i in emises} == {f"CSO{i.code[3:7]}A" for i in emises}
        assert all(not i.accuse for i in INTERFACES.values() if i.sens == Sens.RECEPTION)

    def test_families_follow(self):
        assert familles_de(["FSO1100A", "FEN1200A"]) == {"E1", "CR", "CDV"}
        assert {i.famille for i in INTERFACES.values()} <= {f.code for f in offertes()}

    def test_flows_without_schema_are_named_not_offered(self):
        assert {f.code for f in FAMILLES.values() if not f.offerte} == {"E3", "E4", "E5"}

    def test_sens_in_words(self):
        assert Sens.EMISSION.libelle == "partenaire → portail"
        assert Sens.RECEPTION.libelle == "portail → partenaire"

    def test_known_codes_in_the_table_s_order(self):
        assert connues({"CR", "E1", "ZZ"}, FAMILLES) == ["E1", "CR"]


class TestEtats:
    """The table of §9.4, written by hand."""

    ATTENDU = {
        ("soumettre", "BROUILLON", "SOUMISE", "demandeur"),
        ("abandonner", "BROUILLON", "CLOTUREE", "demandeur"),
        ("instruire", "SOUMISE", "EN_INSTRUCTION", "formateur"),
        ("valider", "EN_INSTRUCTION", "VALIDEE", "formateur"),
        ("refuser", "EN_INSTRUCTION", "REFUSEE", "formateur"),
        ("reprendre", "REFUSEE", "BROUILLON", "demandeur"),
        ("activer", "VALIDEE", "ACTIVE", "formateur"),
        ("signaler", "ACTIVE", "A_RENOUVELER", "temps"),
        ("renouveler", "A_RENOUVELER", "ACTIVE", "demandeur"),
        ("cloturer", "VALIDEE", "CLOTUREE", "formateur"),
        ("cloturer", "ACTIVE", "CLOTUREE", "formateur"),
        ("cloturer", "A_RENOUVELER", "CLOTUREE", "formateur"),
    }

    def test_the_table(self):
        lue = {(t.action, de, t.vers, t.acteur) for t in TRANSITIONS.values() for de in t.depuis}
        assert {tuple(map(str, ligne)) for ligne in lue} == self.ATTENDU

    def test_only_a_refusal_needs_a_reason(self):
        assert [t.action for t in TRANSITIONS.values() if t.motif] == [Action.REFUSER]

    def test_every_state_is_reached_and_only_a_closed_fiche_stays(self):
        atteints = {t.vers for t in TRANSITIONS.values()} | {E.BROUILLON}
        quittes = {de for t in TRANSITIONS.values() for de in t.depuis}
        assert atteints == set(E.values)
        assert set(E.values) - quittes == {E.CLOTUREE}

    def test_who_may_do_what(self):
        assert [t.action for t in possibles(E.EN_INSTRUCTION, Acteur.FORMATEUR)] == [Action.VALIDER, Action.REFUSER]
        assert possibles(E.EN_INSTRUCTION, Acteur.DEMANDEUR) == []
        assert action_de("valider", Acteur.FORMATEUR) == Action.VALIDER
        assert action_de("valider", Acteur.DEMANDEUR) is None
        assert action_de("voler", Acteur.FORMATEUR) is None

    @pytest.mark.parametrize("etat", E.values)
    def test_every_state_has_its_badge_and_its_place(self, etat):
        vu = badge(etat)
        assert vu.label == E(etat).label
        assert [p.label for p in etapes(etat) if p.etat == "present"] == [vu.label]

    def test_path(self):
        assert [p.etat for p in etapes(E.SOUMISE)] == ["passe", "present", "futur", "futur", "futur"]
        assert [p.label for p in etapes(E.REFUSEE)] == ["Brouillon", "Soumise", "En cours d'instruction", "Refusée"]
        assert [p.label for p in etapes(E.CLOTUREE)] == ["Clôturée"]


class TestAdresses:
    def test_any_separator_no_double(self):
        assert adresses_ip(" 203.0.113.10, 2001:DB8::1;203.0.113.10\n") == (["203.0.113.10", "2001:db8::1"], [])

    def test_what_is_not_one(self):
        assert adresses_ip("203.0.113.999 exemple") == ([], ["203.0.113.999", "exemple"])

    def test_nothing(self):
        assert adresses_ip("  ") == ([], [])


@dataclass
class FausseApplication:
    active: bool = True
    environnement: str = "SANDBOX"
    apis: list = field(default_factory=lambda: ["factures"])


@dataclass
class FauxCompte:
    est_expire: bool = False


@dataclass
class FausseFiche:
    """A complete EDI fiche."""

    mode: str = "EDI"
    environnement: str = "QUALIFICATION"
    emetteur: bool = True
    recepteur: bool = False
    pour_qui: str = "PROPRE"
    contact_nom: str = "Nadia"
    contact_email: str = "n@session.example"
    contact_telephone: str = "0102030405"
    protocole: str = "SFTP"
    adresses_ip: str = "203.0.113.10"
    certificat: str = "a" * 64
    certificat_fin: date | None = LE + timedelta(days=400)
    code_partenaire: str = "ABC123"
    interfaces: list = field(default_factory=lambda: ["FSO1117A"])
    flux: list = field(default_factory=lambda: ["E2", "CR"])
    application: object = None
    compte_technique: object = None


EDI = FausseFiche()
API = replace(
    EDI,
    mode="API",
    protocole="",
    adresses_ip="",
    certificat="",
    certificat_fin=None,
    code_partenaire="",
    interfaces=[],
    application=FausseApplication(),
    compte_technique=FauxCompte(),
)


def champs(fiche, qualifiee=False):
    return [champ for champ, _ in manques(fiche, le=LE, qualifiee=qualifiee)]


class TestManques:
    @pytest.mark.parametrize("fiche", [EDI, API], ids=["edi", "api"])
    def test_a_complete_fiche_lacks_nothing(self, fiche):
        assert champs(fiche) == []

    @pytest.mark.parametrize("fiche", [EDI, API], ids=["edi", "api"])
    @pytest.mark.parametrize(
        ("change", "attendus"),
        [
            ({"contact_nom": ""}, ["contact_nom"]),
            ({"contact_email": ""}, ["contact_email"]),
            ({"contact_telephone": ""}, ["contact_telephone"]),
            ({"pour_qui": ""}, ["pour_qui"]),
            ({"emetteur": False}, ["emetteur"]),
            ({"flux": []}, ["flux"]),
        ],
    )
    def test_what_both_modes_ask(self, fiche, change, attendus):
        assert champs(replace(fiche, **change)) == attendus

    def test_production_comes_after_qualification(self):
        production = replace(EDI, environnement="PRODUCTION")
        assert champs(production) == ["environnement"]
        assert champs(production, qualifiee=True) == []

    @pytest.mark.parametrize(
        ("change", "attendus"),
        [
            ({"protocole": ""}, ["protocole"]),
            ({"protocole": "AS2"}, ["protocole"]),
            ({"adresses_ip": ""}, ["adresses_ip"]),
            ({"certificat": ""}, ["certificat"]),
            ({"certificat_fin": None}, ["certificat_fin"]),
            ({"certificat_fin": LE}, ["certificat_fin"]),
            ({"code_partenaire": ""}, ["code_partenaire"]),
            ({"interfaces": []}, ["interfaces"]),
            ({"interfaces": ["FEN1200A"]}, ["interfaces"]),
            ({"recepteur": True}, ["interfaces"]),
            ({"recepteur": True, "interfaces": ["FSO1117A", "FEN1200A"]}, []),
            ({"recepteur": True, "emetteur": False, "interfaces": ["FEN1200A"]}, []),
        ],
    )
    def test_edi(self, change, attendus):
        assert champs(replace(EDI, **change)) == attendus

    @pytest.mark.parametrize(
        ("change", "attendus"),
        [
            ({"application": None}, ["application"]),
            ({"application": FausseApplication(active=False)}, ["application"]),
            ({"application": FausseApplication(environnement="PRODUCTION")}, ["application"]),
            ({"application": FausseApplication(apis=[])}, ["application"]),
            ({"compte_technique": None}, ["compte_technique"]),
            ({"compte_technique": FauxCompte(est_expire=True)}, ["compte_technique"]),
        ],
    )
    def test_api(self, change, attendus):
        assert champs(replace(API, **change)) == attendus

    def test_production_goes_through_piste_production(self):
        production = replace(API, environnement="PRODUCTION")
        assert champs(production, qualifiee=True) == ["application"]
        assert (
            champs(replace(production, application=FausseApplication(environnement="PRODUCTION")), qualifiee=True) == []
        )


def test_ending_soon():
    assert proche(LE + PREAVIS, LE)
    assert proche(LE - timedelta(days=1), LE)
    assert not proche(LE + PREAVIS + timedelta(days=1), LE)
