// Under each page that the search has found: where its words stand in the page, from searchtexts.js.
document.addEventListener("DOMContentLoaded", () => {
  const results = document.getElementById("search-results");
  const words = (new URLSearchParams(location.search).get("q") ?? "").toLowerCase().match(/[\p{L}\p{N}_]{2,}/gu) ?? [];
  if (!results || !words.length) return;
  const explain = () => {
    for (const link of results.querySelectorAll("li:not(:has(.excerpt)) > a")) {
      const text = pageTexts[link.getAttribute("href").split(/\.html/)[0]] ?? "", low = text.toLowerCase();
      const heading = Math.max(0, low.indexOf(link.textContent.toLowerCase()));
      const from = words.map(word => low.indexOf(word, heading)).filter(place => place >= 0).sort((a, b) => a - b)[0];
      const start = text.indexOf(" ", Math.max(0, (from ?? heading) - 80)) + 1;          // no half word
      const excerpt = link.parentElement.appendChild(document.createElement("p"));
      excerpt.className = "excerpt";
      excerpt.textContent = `${start ? "… " : ""}${text.slice(start, start + 240)} …`;
    }
  };
  const script = document.body.appendChild(document.createElement("script"));
  script.src = "searchtexts.js";
  script.onload = () => {
    explain();
    new MutationObserver(explain).observe(results, {childList: true, subtree: true});
  };
});
