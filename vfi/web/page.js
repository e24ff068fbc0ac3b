// What only the browser can do: send a dropped file, and keep two players together.
const vfi = {
  upload(input) {
    const file = input.files[0], said = input.nextElementSibling;
    if (!file) return Promise.resolve({});
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      const ended = () => {
        said.textContent = "";
        input.value = "";
        try { done(JSON.parse(request.responseText)); }
        catch { done({ error: request.responseText.trim() || "the connection is lost" }); }
      };
      request.upload.onprogress = (e) => {
        said.textContent = ` ${Math.round((100 * e.loaded) / e.total)} %`;
      };
      request.onload = request.onerror = request.onabort = ended;
      request.open("PUT", "/upload/" + encodeURIComponent(file.name));
      request.send(file);
    });
  },
  follow(first, second) {
    const [one, two] = [first, second].map((id) => document.getElementById(id));
    const ratio = () => (one.duration && two.duration ? two.duration / one.duration : 1);
    const pairs = [[one, two, ratio], [two, one, () => 1 / ratio()]];
    two.muted = true;
    for (const [from, to, scale] of pairs) {
      const align = () => {
        const wanted = from.currentTime * scale();
        if (Math.abs(to.currentTime - wanted) > 0.05) to.currentTime = wanted;
      };
      from.addEventListener("play", () => { align(); if (to.paused) to.play(); });
      from.addEventListener("pause", () => { if (!to.paused) to.pause(); align(); });
      from.addEventListener("seeked", align);
    }
  },
};
