"""« Modifier l'identifiant »: what follows the company to its new SIRET, what does not (comptes-structures.md §4.4)."""

from datetime import date

import pytest

from accounts.enums import Niveau
from accounts.profils import Profil
from sandbox import clock
from structures import queries
from structures.enums import (
    EtatService,
    EtatStructure,
    ModeRaccordement,
    Role,
    StatutRattachement,
    TypeActe,
    TypeIdentifiant,
)
from structures.identifiants import siret_de_base
from structures.models import (
    ActeGestion,
    CompteTechnique,
    CoordonneesBancaires,
    EntrepriseInsee,
    FicheRaccordement,
    Habilitation,
    Mandat,
    Rattachement,
    RattachementService,
    Service,
    Structure,
)
from structures.services import banque, changement, rattachements
from structures.services.changement import changer_identifiant
from structures.services.fiches import StructureRefusee
from tests import factories

pytestmark = pytest.mark.usefixtures("monde")
NOUVEAU = siret_de_base("00010101", "0002")


@pytest.fixture
def voisin(cohort):
    return factories.compte(cohort, 2, prenom="Camille", nom="Loriot")


@pytest.fixture
def garnie(structure, compte, voisin, mandat):
    """A company with everything: services, users, rights, bank, technical account, fiche de raccordement."""
    agence = factories.service(structure, "AGENCE")
    factories.service(structure, "FERME", etat=EtatService.INACTIF)
    supprime = factories.service(structure, "ANCIEN", etat=EtatService.SUPPRIME)
    lien = factories.rattachement(voisin, structure, role=Role.UTILISATEUR, profils=[Profil.FACTURES_EMISES])
    commun = {"cohort": structure.cohort, "place": 1, "rattachement": lien}
    for service in (agence, supprime):
        RattachementService.objects.create(**commun, service=service, statut=StatutRattachement.VALIDEE)
        Habilitation.objects.create(
            **commun, service=service, profil=Profil.FACTURES_TRAVAUX, niveau=Niveau.CONSULTATION
        )
    banque.ajouter(structure, par=compte, nom="Courant", iban="FR7699999000010000001010176")
    ferme = banque.ajouter(structure, par=compte, nom="Vieux", iban="FR7699999000010000001010273")
    banque.desactiver(ferme, par=compte)
    technique = factories.compte(structure.cohort, 1, login_email="tech_1_00010101400017@cpro.example")
    CompteTechnique.objects.create(
        cohort=structure.cohort, place=1, compte=technique, structure=structure, numero=1, expire_le=clock.now()
    )
    factories.rattachement(technique, structure, role=Role.TECHNIQUE, profils=[])
    FicheRaccordement.objects.create(
        cohort=structure.cohort,
        place=1,
        structure=structure,
        mode=ModeRaccordement.EDI,
        environnement="QUALIFICATION",
        contact_nom="N",
        contact_email="n@b.example",
    )
    Structure.objects.filter(pk=structure.pk).update(
        email="a@b.example", numero_pacage="099000123", emetteur_flux_edi=True, complement_adresse="Bât. B"
    )
    structure.refresh_from_db()
    return structure


def test_la_copie_et_ce_qui_la_suit(garnie, compte, voisin):
    nouvelle = changer_identifiant(garnie, NOUVEAU, par=compte)
    nouvelle.refresh_from_db()
    garnie.refresh_from_db()
    assert (garnie.etat, nouvelle.etat) == (EtatStructure.INACTIF, EtatStructure.ACTIF)
    assert (nouvelle.identifiant, nouvelle.siren) == (NOUVEAU, garnie.siren)
    assert nouvelle.origine == garnie
    assert list(garnie.suivantes.all()) == [nouvelle]
    assert (nouvelle.raison_sociale, nouvelle.email) == (garnie.raison_sociale, "a@b.example")
    assert nouvelle.adresse_complete == "3 zone artisanale des Copeaux 99020 MONTBRISAC"
    assert nouvelle.numero_tva == garnie.numero_tva
    # services, but the deleted one
    services = {s.code: s for s in Service.objects.filter(structure=nouvelle)}
    assert {code: s.etat for code, s in services.items()} == {"AGENCE": "ACTIF", "FERME": "INACTIF"}
    # users and rights
    gestion = queries.gestionnaire_principal(nouvelle)
    assert gestion is not None
    assert gestion.compte == compte
    lien = Rattachement.objects.get(structure=nouvelle, compte=voisin)
    assert (lien.role, lien.statut) == (Role.UTILISATEUR, StatutRattachement.VALIDEE)
    droits = Habilitation.objects.filter(rattachement=lien).values_list("profil", "service__code")
    assert set(droits) == {(Profil.FACTURES_EMISES, None), (Profil.FACTURES_TRAVAUX, "AGENCE")}
    assert list(RattachementService.objects.filter(rattachement=lien)) == [
        RattachementService.objects.get(service=services["AGENCE"])
    ]
    # bank: the open account only
    comptes = CoordonneesBancaires.objects.filter(structure=nouvelle)
    assert list(comptes.values_list("nom", "defaut", "actif")) == [("Courant", True, True)]


def test_ce_qui_n_est_pas_copie(garnie, compte):
    nouvelle = changer_identifiant(garnie, NOUVEAU, par=compte)
    for modele in (Mandat, CompteTechnique, FicheRaccordement):
        assert modele.objects.filter(structure=garnie).exists()
        assert not modele.objects.filter(structure=nouvelle).exists()
    assert not Rattachement.objects.filter(structure=nouvelle, role=Role.TECHNIQUE).exists()
    assert (nouvelle.numero_pacage, nouvelle.emetteur_flux_edi) == ("", False)
    garnie.refresh_from_db()
    assert garnie.numero_pacage == "099000123"


def test_les_demandes_en_attente_suivent(structure, compte, voisin):
    agence = factories.service(structure, "AGENCE")
    demande = rattachements.demander(voisin, structure, services=[agence.pk])
    # asked for a service deleted since: that part stays where it is
    supprime = factories.service(structure, "ANCIEN", etat=EtatService.SUPPRIME)
    RattachementService.objects.create(cohort=structure.cohort, rattachement=demande, service=supprime)
    nouvelle = changer_identifiant(structure, NOUVEAU, par=compte)
    demande.refresh_from_db()
    assert (demande.structure, demande.statut) == (nouvelle, StatutRattachement.EN_COURS_DE_VALIDATION)
    services = set(demande.services.values_list("service__structure", "service__code"))
    assert services == {(nouvelle.pk, "AGENCE"), (structure.pk, "ANCIEN")}


def test_l_historique_des_deux(structure, compte):
    nouvelle = changer_identifiant(structure, NOUVEAU, par=compte)
    ancienne = ActeGestion.objects.filter(structure=structure).order_by("pk")
    assert [a.type for a in ancienne] == [TypeActe.IDENTIFIANT_CHANGE, TypeActe.STRUCTURE_DESACTIVEE]
    assert ancienne[0].apres == {"identifiant": NOUVEAU}
    assert [a.type for a in ActeGestion.objects.filter(structure=nouvelle)] == [TypeActe.IDENTIFIANT_CHANGE]


def test_les_droits_du_gestionnaire_valent_aussitot(structure, compte):
    nouvelle = changer_identifiant(structure, NOUVEAU, par=compte)
    assert nouvelle.pk in queries.droits(compte).gestionnaire_de


@pytest.mark.parametrize(
    ("siret", "message"),
    [
        (factories.siret_du_poste(1), "déjà l'identifiant"),
        (factories.siret_du_poste(2), "doit commencer par 000101014"),
        (siret_de_base("00010101", "0003"), "inconnu de la base INSEE"),
        ("00010101400018", "clé de contrôle"),
    ],
)
def test_siret_refuse_au_champ(structure, compte, siret, message):
    with pytest.raises(StructureRefusee, match=message) as refus:
        changer_identifiant(structure, siret, par=compte)
    assert refus.value.champ == "siret"
    structure.refresh_from_db()
    assert structure.est_active


def test_refuse_aux_collectivites(destinataire, compte):
    with pytest.raises(StructureRefusee, match="suivent Hélios"):
        changer_identifiant(destinataire, NOUVEAU, par=compte)


def test_refuse_sans_siret_et_a_une_structure_inactive(structure):
    structure.etat = EtatStructure.INACTIF
    with pytest.raises(StructureRefusee, match="n'est pas active"):
        changement.verifier_possible(structure)
    structure.type_identifiant = TypeIdentifiant.AUTRE
    with pytest.raises(StructureRefusee, match="Seul un SIRET"):
        changement.verifier_possible(structure)


def test_double_envoi_une_seule_copie(structure, compte):
    changer_identifiant(structure, NOUVEAU, par=compte)
    perimee = Structure.objects.get(pk=structure.pk)
    perimee.etat = EtatStructure.ACTIF  # read before the first sending
    autre = siret_de_base("00010101", "0004")
    EntrepriseInsee.objects.create(
        cohort=structure.cohort, siret=autre, raison_sociale="X", adresse="1", code_postal="1", ville="V"
    )
    with pytest.raises(StructureRefusee, match="n'est pas active"):
        changer_identifiant(perimee, autre, par=compte)
    assert Structure.objects.filter(origine=structure).count() == 1


def test_le_nouveau_siret_pris_au_meme_instant(cohort, structure, compte, monkeypatch):
    ligne = changement.chercher_insee(NOUVEAU)
    factories.structure(cohort, 1, identifiant=NOUVEAU)
    monkeypatch.setattr(changement, "chercher_insee", lambda _siret: ligne)
    with pytest.raises(StructureRefusee, match="vient d'être créée"):
        changer_identifiant(structure, NOUVEAU, par=compte)
    structure.refresh_from_db()
    assert structure.est_active


def test_la_date_de_creation_est_celle_du_jour(structure, compte):
    Structure.objects.filter(pk=structure.pk).update(cree_le="2020-01-01T00:00:00+00:00")
    structure.refresh_from_db()
    assert changer_identifiant(structure, NOUVEAU, par=compte).cree_le.date() == date(2026, 12, 7)
