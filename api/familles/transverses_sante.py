"""health-check: clients test their credentials with it (api.md §7)."""

from api.entree import SansArgument
from api.registre import Appel, Contenu, operation


@operation("healthCheck", "transverses", "health-check", "Vérifier que l'API répond", methode="GET")
def health_check(appel: Appel, entree: SansArgument) -> Contenu:
    return {
        "body": "L'API CPRO est actuellement disponible et fonctionnel.",
        "statusCodeValue": 200,
        "statusCode": "OK",
    }
