"""What the chapters ask to be remembered, to the letter, and the cells whose asserts carry it.

After a bullet was reworded, ``tests/test_claims.py`` says which record has to follow, and with what text.
"""

from active_teacher.claims import examples, framework, questions
from active_teacher.claims.records import Bullet

BULLETS = (
    Bullet(
        "01",
        r"Supervised learning has three parts. $\mu$ decides what is asked, $T$ what is right, $S$ sees the pairs "
        "only.",
        ("01#c8a29963",),
    ),
    Bullet(
        "01",
        "Teachers who agree no more often than coins do, where both are sure, can produce the same data set. No "
        "cleverness with the data repairs that; it takes a question, a word from the teacher, or luck.",
        (
            "01#cell-11",
            "01#cell-15",
        ),
    ),
    Bullet(
        "01",
        "A teacher may be uncertain, and a student owes it nothing there.",
        (
            "01#cell-17",
            "03#cell-32",
        ),
    ),
    Bullet(
        "01",
        "People, networks and dice are all teachers. The joint distribution of the textbooks is the special case "
        "that stops where the data stop.",
        (
            "01#cca21d6e",
            "01#c5af9ae9",
            "01#cb18864c",
            "01#cell-27",
        ),
    ),
    Bullet(
        "02",
        r"Under noise of $\sigma = 0.4$, $l_0$, $l_1$, $l_2$ and SSIM put two fish nearer to a face than the same "
        r"face; $l_\infty$ calls it a draw, Wasserstein nearly. Under weaker noise ($\sigma = 0.2$) $l_2$ and "
        r"$l_\infty$ have it right.",
        (
            "02#7aa6d040",
            "02#4aa0e4d7",
            "02#def777ad",
        ),
    ),
    Bullet(
        "02",
        "A shift by one pixel can change more pixels than a change of subject.",
        ("02#29f6ca68",),
    ),
    Bullet(
        "02",
        "The adversarial loss [(1.1)](#equation-1-1) of a linear student is exact by the dual norm. Of a student "
        r"that compares with the two drawings, the worst push in $l_2$ and $l_\infty$ is not noise but a drawing.",
        (
            "02#eca44e71",
            "02#a87186ca",
            "02#7b44c888",
        ),
        framework.push_draws,
    ),
    Bullet(
        "02",
        "What a change *is* depends on who looks. The next chapters put that person into the definition.",
        ("02#c3e81cb6",),
        framework.relative,
    ),
    Bullet(
        "03",
        "An [adversarial example](#adversarial-example) is a disagreement with a teacher who is certain. Distance"
        " is not part of the definition.",
        (
            "03#0ae978fe",
            "03#cell-28",
        ),
    ),
    Bullet(
        "03",
        r"A student that is right on all that $\mu$ shows has them only where $\mu$ shows nothing. Here the damage"
        r" is exactly $\tfrac18$; for another student, as perfect on its data, it is $\tfrac{11}{16}$.",
        (
            "03#causes-all-shown",
            "03#cell-18",
            "03#cell-46",
        ),
    ),
    Bullet(
        "03",
        "Where a teacher is blind, points far apart are equal to it, and a student that sees more can split them:"
        " in the certain region that is an error, elsewhere not.",
        (
            "03#cell-28",
            "03#cell-30",
            "03#unseen",
        ),
    ),
    Bullet(
        "03",
        'Strong robustness ([Definition 3.1](#definition-3-1)) is a "for all": prove it, or say how far you searched.',
        (
            "03#cell-32",
            "03#e469164d",
        ),
    ),
    Bullet(
        "04",
        r"An attack maps $\mu$ and $S$ to distributions; robustness against it is the worst agreement with $T$ "
        "*given that $T$ is certain* ([Definition 3.2](#definition-3-2)).",
        ("04#cell-09",),
        framework.undefined,
    ),
    Bullet(
        "04",
        "In the tube the infimum is 0 or 1. A push counts only if it ends where the teacher has an opinion, and "
        "is judged by that.",
        ("04#92d332f4",),
    ),
    Bullet(
        "04",
        "The density-ratio attack has a closed form in three masses, and the uncertain one works for the attacker.",
        (
            "04#2c6c1f82",
            "04#48a14da2",
            "04#a3a0e10f",
        ),
    ),
    Bullet(
        "04",
        "A gradient attack can change nearly every answer of the student and produce no adversarial example at all.",
        ("04#c7218c3e",),
    ),
    Bullet(
        "05",
        "$l_p$ robustness is about the data and a radius; strong robustness is about the teacher. Neither implies"
        " the other.",
        ("05#43fa1a88",),
    ),
    Bullet(
        "05",
        r"A margin on $\mu$ says nothing about points farther than that from the data.",
        (
            "05#cell-07",
            "05#cell-15",
        ),
    ),
    Bullet(
        "05",
        "Where two certain regions touch, a student that is right *must* change its mind within any "
        r"$\varepsilon$. Calling that a failure blames the student for the teacher's jump, or for a point about "
        "which the teacher says nothing.",
        (
            "05#cell-28",
            "05#a518e6e8",
        ),
    ),
    Bullet(
        "05",
        "A gap of uncertainty between the regions lets one student satisfy both notions, for pushes shorter than half "
        "the gap: it is where boundaries may lie.",
        (
            "05#43fa1a88",
            "05#cell-37",
        ),
    ),
    Bullet(
        "06",
        "A [feature query](#statistical-query) asks a passive teacher how much it uses a feature, and is answered"
        r" within $\alpha$. Where $\nu$ is known, a statistical query is the difference of two of these and a "
        "known number.",
        (
            "06#c4f1d509",
            "06#q-split",
        ),
        questions.within_tolerance,
    ),
    Bullet(
        "06",
        "A teacher who uses few coordinates, and shows it in small sets, is learned from rough answers.",
        (
            "06#q-conj-code",
            "06#q-pixels-code",
            "06#q-updates-run",
        ),
    ),
    Bullet(
        "06",
        r"About a parity an answer contains one number, $\hat h(S)$, and the squares of all of them add up to at "
        r"most $\tfrac14$. With exact answers a few questions find it. One of $k$ coordinates takes about $\binom "
        r"dk$ when $\alpha$ is just below $\tfrac18$; from there on, no number is enough.",
        (
            "06#cell-17",
            "06#cell-19",
            "06#c6999594",
            "06#q-stops-search",
            "06#q-stops-silent",
        ),
    ),
    Bullet(
        "07",
        r"[Theorem 4.2](#theorem-4-2): data from $\mu$ and polynomially many feature queries on $\nu$, each "
        r"answered within $\alpha \ge 1/r(d)$, do not make a robust student, although a perfect one exists.",
        (
            "07#cell-07",
            "07#lean-08",
        ),
        questions.game_lost,
    ),
    Bullet(
        "07",
        r"The reason is a budget: an oracle that leans gives up [fewer than $1/(32\alpha^2)$ teachers a "
        r"question](#stubborn-bound), and none from $\alpha = \tfrac18$ on.",
        (
            "07#lean-05",
            "07#lean-08",
        ),
    ),
    Bullet(
        "07",
        r"This holds for $\varepsilon < \tfrac12$; the paper's proof as written covers $\varepsilon < \tfrac14$, "
        "and with both halves of the cube the rest.",
        (
            "07#cell-29",
            "07#cell-31",
        ),
        questions.half_cube,
    ),
    Bullet(
        "07",
        "The student *knows* that the teacher is a parity, and loses all the same. What helps is another kind of "
        "question: [chapter 8](08_data_queries.ipynb).",
        (
            "07#lean-11",
            "07#cell-22",
        ),
        questions.needs_many,
    ),
    Bullet(
        "08",
        "[Theorem 4.3](#theorem-4-3): who knows that the teacher is a parity learns it from $d + 1$ labels, and "
        r"is right everywhere; $d - 1$ do besides those that $\mu$ shows.",
        (
            "08#cell-07",
            "08#cell-09",
            "08#cell-11",
        ),
    ),
    Bullet(
        "08",
        r"That takes labels and one sentence. Labels alone take $\tfrac34 2^d - 1$; the sentence with feature queries "
        r"of a fixed tolerance takes exponentially many, and from $\alpha = \tfrac18$ on no number is enough.",
        (
            "08#cell-15",
            "08#cell-17",
        ),
        questions.four_cells,
    ),
    Bullet(
        "08",
        r"At $\alpha = 0.01$, $\varepsilon = \tfrac14$, for who knows the class, data queries are provably ahead "
        "from $d = 13$ on.",
        ("08#cell-17",),
    ),
    Bullet(
        "08",
        "Random examples do almost as well as chosen ones. With noise they still point to the parity; for large $d$ "
        "no fast way to find it is known.",
        (
            "08#cce80d43",
            "08#fe3e209c",
        ),
    ),
    Bullet(
        "08",
        r"A few labels check a sentence up to an error on $\nu$; beyond that it is believed.",
        (
            "08#cell-28",
            "08#1e03e9ac",
        ),
    ),
    Bullet(
        "09",
        "95 % accuracy and two clear coefficients, and yet nearly every picture can be flipped without touching "
        "what the teacher sees: ninety-eight small weights add up.",
        (
            "09#ec21225c",
            "09#a12eea2e",
            "09#906ee1e0",
            "09#60048837",
        ),
        examples.easy_to_flip,
    ),
    Bullet(
        "09",
        r"More data shrink them like $1/\sqrt n$. One sentence about features removes them.",
        (
            "09#fdc51c9a",
            "09#cell-21",
        ),
    ),
    Bullet(
        "09",
        "The sparse student's optimum is exactly $(-2, 2)$; $-2.01$ and $1.98$ are one draw. The adversarial "
        "examples of that draw fill $1/134$ of the square.",
        (
            "09#28e19323",
            "09#0b50d896",
        ),
    ),
    Bullet(
        "09",
        "Told besides that coefficients are whole numbers, and in which unit, the student of two thousand pictures is "
        "strongly robust, without an $l_2$ margin.",
        (
            "09#a228f28c",
            "09#ad332b87",
            "09#20d7c953",
        ),
    ),
    Bullet(
        "10",
        r"Two features that agree on $\mu$ are one feature to the student. It took the texture: test accuracy 1, "
        "adversarial accuracy 0, in each of ten seeds.",
        (
            "10#d4964d2d",
            "10#c0783be2",
        ),
    ),
    Bullet(
        "10",
        "One line of advice, a max pooling that removes most of a fine texture, makes it 1 and nearly 1.",
        (
            "10#ce03f781",
            "10#c0783be2",
        ),
        examples.trace_of_texture,
    ),
    Bullet(
        "10",
        "The choices that the paper leaves open and that we varied, one at a time, do not change the picture; "
        "with tanh it is a little less clear after ten epochs.",
        ("10#c31f95ae",),
    ),
    Bullet(
        "10",
        r"The advice is about one kind of texture. What was shown is robustness to *this* $\nu$.",
        (
            "10#c5633dae",
            "10#ce3f5cb4",
        ),
        examples.another_nu,
    ),
    Bullet(
        "11",
        "Robust to one distribution, to pushes, to everything: say which, what it cost, and how hard one tried.",
        (
            "11#c82b1c69",
            "11#c4a37e96",
        ),
    ),
    Bullet(
        "11",
        "What is asked, and what is made of the answer, matter more than how many answers: bisection finds by 250 "
        "labels, and a t-test in 2000, what least squares does not from 8400.",
        (
            "11#ways-found",
            "11#ca18557f",
        ),
    ),
    Bullet(
        "11",
        r"Adversarial training supplies information through the shape of its ball: where that fits the teacher, it is "
        r"about as good as advice, with the right $\epsilon$ and labels enough; else it bought another robustness, or "
        r"none.",
        (
            "11#c82b1c69",
            "11#right-ball",
            "11#c4a37e96",
        ),
        examples.bias_of_the_ball,
    ),
    Bullet(
        "11",
        "Which sentence it is matters, and how it is taken in: in Example 4.1 the invariance had to be built in rather "
        "than averaged in; in Example 4.2 the outline did best against pushes, the structure in the hardest "
        "search, and sparsity bought next to nothing.",
        ("11#ways-found", "11#preferred", "11#image-searches"),
        examples.ways_of_saying,
    ),
    Bullet(
        "12",
        "More than half of the paper's claims hold as printed, and most others with a correction.",
        ("12#ledger-run",),
    ),
    Bullet(
        "12",
        "Its definitions, theorems and examples stand, some of them corrected; that an active teacher is "
        "*required* does not follow.",
        ("12#ledger-stands",),
    ),
    Bullet(
        "12",
        "A check that tests something near a sentence does not test the sentence. Look at the boundary, and try "
        "what would make it false.",
        ("12#wrong-oracle",),
    ),
    Bullet(
        "13",
        "A model that is uncertain below a threshold can stand in for people: say how often it is certain and how "
        "often then right, and ask it about pushed points, too.",
        (
            "13#digits-stand-in",
            "13#digits-strange",
        ),
    ),
    Bullet(
        "13",
        r"Four students right on every test picture of $\mu$ can be right on nearly all, some or none of $\nu$: what "
        "they learned shows where the tell is wrong, more than where it is missing.",
        ("13#digits-before-assert",),
    ),
    Bullet(
        "13",
        r"No reweighting of $\mu$ shows what $\mu$ never does; a few points without the tell are enough to catch a "
        "student that can't do without it.",
        (
            "13#digits-density",
            "13#digits-held",
        ),
    ),
    Bullet(
        "13",
        r"Advice on what to ignore mends what it speaks of, and only that. Here clean accuracy, $l_2$ distance and "
        "one-pixel pushes call the mended logistic regression worse.",
        (
            "13#digits-after-assert",
            "13#digits-usual-assert",
        ),
    ),
    Bullet(
        "13",
        "A stricter teacher can make a student look better, as it did three of four here: with an agreement goes the "
        "share that the teacher is certain about.",
        ("13#digits-strict",),
    ),
)
