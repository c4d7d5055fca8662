/* « Essayer » une opération : un appel depuis cette page, vers ce site. Jeton et compte restent dans l'onglet. */
(() => {
  "use strict";

  const formulaire = document.querySelector("[data-api-essai]");
  if (!formulaire) return;
  document.getElementById("essayer").hidden = false;

  const TEXTE_MAX = 20000;
  const champ = (nom) => document.getElementById(`essai-${nom}`);
  const resultat = document.querySelector("[data-api-resultat]");
  const GARDES = ["jeton", "compte"];

  function souvenir(nom, valeur) {
    try {
      if (valeur === undefined) return sessionStorage.getItem(`api.${nom}`) || "";
      if (valeur) sessionStorage.setItem(`api.${nom}`, valeur);
      else sessionStorage.removeItem(`api.${nom}`);
    } catch {
      /* stockage refusé : rien n'est retenu */
    }
    return valeur || "";
  }

  for (const nom of GARDES) {
    champ(nom).value = souvenir(nom);
    champ(nom).addEventListener("change", () => souvenir(nom, champ(nom).value.trim()));
  }

  function montrer(titre, texte) {
    const phrase = document.createElement("p");
    phrase.className = "mb-0";
    phrase.textContent = titre;
    const bloc = document.createElement("pre");
    bloc.tabIndex = 0;
    bloc.setAttribute("role", "region");
    bloc.setAttribute("aria-label", "Corps de la réponse");
    bloc.textContent = texte.length > TEXTE_MAX ? `${texte.slice(0, TEXTE_MAX)}\n… (${texte.length} caractères)` : texte;
    resultat.replaceChildren(phrase, ...(texte ? [bloc] : []));
  }

  function lisible(texte) {
    try {
      return JSON.stringify(JSON.parse(texte), null, 2);
    } catch {
      return texte;
    }
  }

  function enBase64(texte) {
    return btoa(String.fromCharCode(...new TextEncoder().encode(texte)));
  }

  async function appeler(adresse, options) {
    const depart = performance.now();
    const reponse = await fetch(adresse, { credentials: "omit", cache: "no-store", ...options });
    const texte = await reponse.text();
    return { reponse, texte, duree: Math.round(performance.now() - depart) };
  }

  async function occuper(action) {
    const boutons = [...formulaire.querySelectorAll("button")];
    boutons.forEach((bouton) => { bouton.disabled = true; });
    try {
      await action();
    } catch {
      montrer("L'appel n'a pas abouti : vérifiez votre connexion, puis recommencez.", "");
    } finally {
      boutons.forEach((bouton) => { bouton.disabled = false; });
    }
  }

  formulaire.querySelector("[data-api-jeton]").addEventListener("click", () => occuper(async () => {
    if (champ("login").value) {
      champ("compte").value = souvenir("compte", enBase64(`${champ("login").value.trim()}:${champ("mdp").value}`));
    }
    if (!champ("client").value) return;
    const corps = new URLSearchParams({
      grant_type: "client_credentials",
      scope: "openid",
      client_id: champ("client").value.trim(),
      client_secret: champ("secret").value.trim(),
    });
    const { reponse, texte } = await appeler("/api/oauth/token", { method: "POST", body: corps });
    if (!reponse.ok) {
      montrer(`Jeton refusé : HTTP ${reponse.status}.`, lisible(texte));
      return;
    }
    champ("jeton").value = souvenir("jeton", JSON.parse(texte).access_token);
    montrer("Jeton obtenu : il vaut une heure.", "");
  }));

  formulaire.querySelector("[data-api-oublier]").addEventListener("click", () => {
    formulaire.querySelectorAll("input").forEach((saisie) => { saisie.value = ""; });
    GARDES.forEach((nom) => souvenir(nom, ""));
    montrer("Identifiants oubliés.", "");
  });

  formulaire.addEventListener("submit", (event) => {
    event.preventDefault();
    occuper(async () => {
      const entetes = {
        Authorization: `Bearer ${souvenir("jeton", champ("jeton").value.trim())}`,
        "cpro-account": souvenir("compte", champ("compte").value.trim()),
      };
      const corps = champ("corps");
      if (corps) entetes["Content-Type"] = "application/json;charset=utf-8";
      const { reponse, texte, duree } = await appeler(formulaire.dataset.adresse, {
        method: formulaire.dataset.methode,
        headers: entetes,
        ...(corps ? { body: corps.value } : {}),
      });
      const numero = reponse.headers.get("x-correlationid");
      montrer(`HTTP ${reponse.status} en ${duree} ms${numero ? `, ${numero}` : ""}`, lisible(texte));
    });
  });
})();
