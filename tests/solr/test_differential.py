"""1,200 generated searches, asked of Solr and of the proxy with the constant scorer, in each format: no answer differs.

Left out is what docs/solr.md says: the order of fields in documents whose text was not asked for, and of `expanded`.
"""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from solr.answers import compared

SEARCHES = 1200
WORDS = ["super", "bowl", "points", "defense", "team", "league", "quarterback", "the", "played", "nothingness", "2016", "part"]
QUERIES = [
    lambda text: text,
    lambda text: f"text_t:({text}) -title_t:warsaw",
    lambda text: f'text_t:"{text}"~3^2 OR title_t:{text.split()[0]}*',
    lambda text: f"+({text}) +n_i:[0 TO 300]",
    lambda text: f"{{!dismax qf='text_t title_t^2' mm=1}}{text}",
    lambda text: f"{{!edismax qf=text_t v='{text}'}}",
    lambda text: f"{{!simple qf=text_t}}{text}",
    lambda text: f"{{!field f=text_t}}{text}",
    lambda text: f"{{!boost b=sum(n_i,1)}}{text}",
    lambda text: f"{{!bool must='{text}'}}",  # with more clauses Solr orders and sums them as its hash codes fall
    lambda _: "{!parent which='*:* -_nest_path_:*'}text_t:part",  # the last of those with a question
    lambda _: "*:*",
    lambda _: "{!term f=title_s}Super Bowl 50",
    lambda text: f"nobody:{text}",
    lambda text: f"text_t:({text}",
    lambda text: f"${{words:{text}}}",
]
LISTS = [
    None,
    "*",
    "*,score",
    "id",
    "id,score",
    "id,text_t",
    "text_t,relevance:score,[docid]",
    "*_t,id",
    "id,text_t,parts,[child]",
    "text_t,sum(n_i,1),why:[explain]",
    "id,n_i,price_f",
    "id,t:title_t,tags_ss",
]
WITHOUT_TEXT = {"id,n_i,price_f", "id,t:title_t,tags_ss"}
COLLAPSED = "{!collapse field=title_s}"
PARAMETERS = [
    [("hl", "true"), ("hl.fl", "text_t")],
    [("hl", "on"), ("hl.fl", "title_t,text_t"), ("hl.method", "original")],
    [("facet", "true"), ("facet.field", "title_s"), ("facet.limit", "3")],
    [("json.facet", "{titles:{type:terms,field:title_s,limit:2}}")],
    [("stats", "true"), ("stats.field", "n_i")],
    [("mlt", "true"), ("mlt.fl", "text_t"), ("mlt.mindf", "2"), ("mlt.count", "2")],
    [("debug", "query")],
    [("debug", "results")],
    [("sort", "score desc")],
    [("sort", "n_i desc")],
    [("sort", "score desc,id asc")],
    [("fq", "n_i:[0 TO 300]")],
    [("fq", COLLAPSED)],
    [("indent", "off")],
    [("indent", "on")],
    [("omitHeader", "true")],
    [("echoParams", "all")],
    [("echoParams", "none")],
    [("json.nl", "map")],
    [("json.nl", "arrarr")],
    [("json.wrf", "called")],
    [("rows", "0")],
    [("rows", "x")],
    [("start", "-1")],
    [("group", "true"), ("group.field", "title_s")],
    [("timeAllowed", "60000")],
    [("df", "title_t")],
    [("mm", "1"), ("qf", "text_t"), ("defType", "edismax")],
    [("json.limit", "4")],
    [("unheardof", "1"), ("an&other=", "ü ä+%")],
]


def parameters(dice):
    text = " ".join(dice.choices(WORDS, k=dice.randint(1, 4)))
    found = [("q", dice.choice(QUERIES[:11] * 3 + QUERIES[11:])(text)), ("df", "text_t")]
    if dice.random() < 0.5:
        found += [("start", dice.choice(["0", "3", "20", "45", "60"])), ("rows", dice.choice(["1", "5", "10", "30"]))]
    for more in dice.sample(PARAMETERS, k=dice.choice([0, 0, 1, 1, 2, 3])):
        names = {name for name, _ in more}
        found = [(name, value) for name, value in found if name not in names] + more
    if ("fq", COLLAPSED) in found:  # of collapsed hits Solr counts others the second time, when its caches know the query
        found = [(name, value) for name, value in found if not name.startswith("stats")]
    return found


def generated(dice):
    """A function that asks a core, and whether the order of its fields is compared."""
    asked = parameters(dice)
    listed = dice.choice(LISTS)
    if listed is not None:
        asked.append(("fl", listed))
    if (wt := dice.choice(["json", "xml", "javabin", "json", "xml", "javabin", None, "csv"])) is not None:
        asked.append(("wt", wt))
    handler = dice.choice(["/select"] * 6 + ["/query", "/select/", "/spell", "/newest", "/quiet", "/nowhere"])
    headers = {"accept-encoding": "gzip"} if dice.random() < 0.3 else {"accept-encoding": "identity"}
    kind = dice.random()
    unordered = listed in WITHOUT_TEXT

    def ask(core):
        if kind < 0.5:
            return core.get(asked, handler, **headers)
        if kind < 0.75:
            return core.form(asked, handler, **headers)
        return core.json(in_json(asked), handler, [pair for pair in asked if pair[0] in {"wt", "indent", "json.nl"}], **headers)

    return ask, unordered, (handler, asked, kind)


def in_json(asked):
    """The same search as Solr's relaxed JSON."""
    members = {"q": "query", "start": "offset", "rows": "limit", "fl": "fields", "sort": "sort"}
    body = {"params": {}}
    for name, value in asked:
        if name in members:
            body[members[name]] = value
        elif name not in {"wt", "indent", "json.nl"}:
            body["params"][name] = value
    return relaxed(body)


def relaxed(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"'{name}':{relaxed(each)}" for name, each in value.items()) + ",} // the end"
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def test_no_answer_differs(filled, constant):
    dice = random.Random("solr-1")
    searches = [generated(dice) for _ in range(SEARCHES)]

    def both(search):
        ask, unordered, shown = search
        direct, proxied = ask(filled), ask(constant)
        same = compared(direct, unordered=unordered) == compared(proxied, unordered=unordered)
        return same, shown, proxied.headers["x-searchrerank"], direct.headers["content-type"]

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(both, searches))
    different = [(shown, report) for same, shown, report, _ in results if not same]
    assert not different, "\n".join(map(repr, different[:10])) + f"\n{len(different)} in all"
    told = Counter(report.partition(";")[0] for _, _, report, _ in results)
    assert told["reranked"] > SEARCHES / 4
    assert told["passed"] > SEARCHES / 10
    formats = Counter(media.partition(";")[0] for _, _, report, media in results if report.startswith("reranked"))
    assert min(formats[f"application/{name}"] for name in ("json", "xml", "octet-stream")) > SEARCHES / 20
