"""Create without a SIRET, change, open, close, read INSEE again (comptes-structures.md §3, §4.3, §4.4)."""

import pytest

from structures.enums import EtatService, EtatStructure, Nature, Role, TypeActe, TypeIdentifiant
from structures.models import ActeGestion, EntrepriseInsee, MotAnnuaire, Rattachement, Service, Structure
from structures.services import fiches, structures
from structures.services.fiches import StructureRefusee
from tests import factories

pytestmark = pytest.mark.usefixtures("monde")


def actes(structure):
    return list(ActeGestion.objects.filter(structure=structure).order_by("pk").values_list("type", flat=True))


def sans_siret(cohort, compte, **champs):
    return structures.creer_sans_siret(
        cohort,
        compte=compte,
        **(
            {
                "type_identifiant": TypeIdentifiant.UE_HORS_FRANCE,
                "identifiant": "BE0428759497",
                "pays": "BE",
                "raison_sociale": "Menuiserie du\u00a0Canal",
                "adresse": "1 quai",
                "ville": "GAND",
            }
            | champs
        ),
    )


# --- create without a SIRET


def test_creer_une_structure_europeenne(cohort, compte):
    structure = sans_siret(cohort, compte)
    assert (structure.raison_sociale, structure.pays) == ("Menuiserie du Canal", "Belgique")
    assert structure.numero_tva == structure.identifiant == "BE0428759497"
    assert (structure.nature, structure.etat, structure.place) == (Nature.PRIVEE, EtatStructure.ACTIF, 1)
    lien = Rattachement.objects.get(structure=structure)
    assert (lien.compte, lien.role) == (compte, Role.GESTIONNAIRE_PRINCIPAL)
    assert actes(structure) == [TypeActe.STRUCTURE_CREEE]


def test_creer_un_particulier(cohort, compte):
    structure = sans_siret(
        cohort,
        compte,
        type_identifiant=TypeIdentifiant.PARTICULIER,
        identifiant="",
        pays="FR",
        nom=" Durand ",
        prenom="Léa",
    )
    assert (structure.nom, structure.prenom, structure.raison_sociale) == ("Durand", "Léa", "DURAND Léa")
    assert (structure.identifiant, structure.numero_tva, structure.pays) == ("DURAND LÉA", "", "France")


def test_identifiant_faux_au_champ(cohort, compte):
    with pytest.raises(structures.CreationRefusee, match="forme d'un n° de TVA") as refus:
        sans_siret(cohort, compte, identifiant="BE1")
    assert refus.value.champ == "identifiant"
    with pytest.raises(structures.CreationRefusee, match="ne va pas avec") as refus:
        sans_siret(cohort, compte, pays="CH")
    assert refus.value.champ == "pays"


def test_deux_fois_le_meme_identifiant(cohort, compte):
    premiere = sans_siret(cohort, compte)
    with pytest.raises(structures.StructureExistante) as refus:
        sans_siret(cohort, compte)
    assert refus.value.structure == premiere


def test_le_meme_identifiant_d_un_autre_type_est_une_autre_structure(cohort, compte):
    sans_siret(cohort, compte, type_identifiant=TypeIdentifiant.RIDET, identifiant="123456001", pays="NC")
    sans_siret(cohort, compte, type_identifiant=TypeIdentifiant.TAHITI, identifiant="123456001", pays="PF")
    assert Structure.objects.filter(identifiant="123456001").count() == 2


# --- change


def test_modifier_ce_qui_est_modifiable(structure, compte):
    changes = fiches.modifier(structure, par=compte, libelle="ARB", email="a@b.example", telephone="")
    assert changes == {"libelle": "ARB", "email": "a@b.example"}
    acte = ActeGestion.objects.get(structure=structure, type=TypeActe.STRUCTURE_MODIFIEE)
    assert (acte.avant, acte.apres) == ({"libelle": "", "email": ""}, changes)
    assert MotAnnuaire.objects.filter(structure=structure, mot="ARB").exists()


def test_rien_de_change_rien_d_ecrit(structure, compte):
    assert fiches.modifier(structure, par=compte, libelle="") == {}
    assert actes(structure) == []


@pytest.mark.parametrize(
    ("type_identifiant", "oui", "non"),
    [
        (TypeIdentifiant.SIRET, {"libelle", "complement_adresse", "numero_pacage"}, {"raison_sociale", "ville"}),
        (TypeIdentifiant.HORS_UE, {"ville", "adresse"}, {"raison_sociale", "identifiant", "pays"}),
        (TypeIdentifiant.AUTRE, {"raison_sociale", "ville"}, {"nom"}),
        (TypeIdentifiant.PARTICULIER, {"nom", "prenom", "ville"}, {"raison_sociale"}),
    ],
)
def test_champs_grises_selon_le_type(structure, compte, type_identifiant, oui, non):
    structure.type_identifiant = type_identifiant
    assert oui <= fiches.modifiables(structure)
    for champ in non:
        assert champ not in fiches.modifiables(structure)
        with pytest.raises(StructureRefusee, match="ne se modifie pas ici") as refus:
            fiches.modifier(structure, par=compte, **{champ: "x"})
        assert refus.value.champ == champ


def test_le_nom_d_un_particulier_fait_sa_raison_sociale(cohort, compte):
    structure = sans_siret(
        cohort, compte, type_identifiant=TypeIdentifiant.PARTICULIER, identifiant="1", pays="FR", nom="A", prenom="B"
    )
    fiches.modifier(structure, par=compte, prenom="Léa")
    assert (structure.raison_sociale, structure.identifiant) == ("A Léa", "1")


def test_parametres_d_une_structure_publique(destinataire, compte):
    assert set(fiches.PARAMETRES) <= fiches.modifiables(destinataire)
    fiches.modifier(destinataire, par=compte, engagement_obligatoire=True, delai_paiement=60)
    destinataire.refresh_from_db()
    assert (destinataire.engagement_obligatoire, destinataire.delai_paiement) == (True, 60)


def test_parametres_contradictoires_refuses(destinataire, compte):
    with pytest.raises(StructureRefusee, match="Aucun service actif") as refus:
        fiches.modifier(destinataire, par=compte, service_obligatoire=True)
    assert refus.value.champ == "service_obligatoire"
    factories.service(destinataire, "MAIRIE")
    assert fiches.modifier(destinataire, par=compte, service_obligatoire=True) == {"service_obligatoire": True}


def test_l_etat_garde_ses_exigences(cohort):
    etat = factories.publique(cohort, factories.ETAT)
    assert not {"service_obligatoire", "engagement_obligatoire"} & fiches.modifiables(etat)
    assert "mise_en_paiement_non_remontee" in fiches.modifiables(etat)


def test_services_actifs_sans_le_reserve(destinataire):
    assert Service.objects.filter(structure=destinataire).count() == 1
    factories.service(destinataire, "FERME", etat=EtatService.INACTIF)
    assert fiches.services_actifs(destinataire) == 0


# --- INSEE


def test_rien_a_mettre_a_jour(structure, compte):
    EntrepriseInsee.objects.filter(siret=structure.identifiant).update(categorie_juridique="")
    assert fiches.mettre_a_jour_insee(structure, par=compte) == []
    assert actes(structure) == []


def test_les_differences_puis_la_mise_a_jour(structure, compte):
    EntrepriseInsee.objects.filter(siret=structure.identifiant).update(
        adresse="3 rue Neuve", ville="MONTBRISAC", categorie_juridique=""
    )
    trouvees = fiches.differences(structure)
    assert [(d.champ, d.avant, d.apres) for d in trouvees] == [
        ("adresse", "12 rue des Rabots", "3 rue Neuve"),
        ("ville", "VALMORAN", "MONTBRISAC"),
    ]
    assert fiches.mettre_a_jour_insee(structure, par=compte) == trouvees
    structure.refresh_from_db()
    assert structure.adresse_complete == "3 rue Neuve 99010 MONTBRISAC"
    acte = ActeGestion.objects.get(structure=structure, type=TypeActe.INSEE)
    assert acte.apres == {"adresse": "3 rue Neuve", "ville": "MONTBRISAC"}
    assert fiches.differences(structure) == []


def test_insee_refuse(structure):
    EntrepriseInsee.objects.filter(siret=structure.identifiant).update(active=False)
    with pytest.raises(StructureRefusee, match="est fermé"):
        fiches.differences(structure)
    EntrepriseInsee.objects.filter(siret=structure.identifiant).delete()
    with pytest.raises(StructureRefusee, match="inconnu de la base INSEE"):
        fiches.differences(structure)
    structure.type_identifiant = TypeIdentifiant.RIDET
    with pytest.raises(StructureRefusee, match="identifiées par un SIRET"):
        fiches.differences(structure)


# --- open, close


def test_desactiver_puis_activer_une_seule_fois_chacun(structure, compte):
    assert fiches.desactiver(structure, par=compte)
    assert not fiches.desactiver(structure, par=compte)
    assert structure.etat == EtatStructure.INACTIF
    assert fiches.activer(structure, par=compte)
    assert not fiches.activer(structure, par=compte)
    assert actes(structure) == [TypeActe.STRUCTURE_DESACTIVEE, TypeActe.STRUCTURE_ACTIVEE]


def test_activer_ce_qui_etait_en_cours_d_activation(structure, compte):
    Structure.objects.filter(pk=structure.pk).update(etat=EtatStructure.EN_COURS_ACTIVATION)
    assert fiches.activer(structure, par=compte)


def test_une_structure_remplacee_ne_se_reactive_pas(cohort, structure, compte):
    factories.structure(cohort, 1, identifiant=factories.siret_du_poste(20), origine=structure)
    Structure.objects.filter(pk=structure.pk).update(etat=EtatStructure.INACTIF)
    with pytest.raises(StructureRefusee, match="a été remplacée par"):
        fiches.activer(structure, par=compte)
