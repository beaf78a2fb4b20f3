"""Texts of every kind that a tokenizer meets."""
import inspect
import json
import typing
from pydoc_data.topics import topics

import numpy as np

SCRIPTS = {                     # article 1 of the Universal Declaration of Human Rights, or its beginning
    "Latin": "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Où l'été naît, çà et là; ¿qué?",
    "Greek": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
    "Cyrillic": "Все люди рождаются свободными и равными в своем достоинстве и правах.",
    "Hebrew": "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.",
    "Arabic": "يولد جميع الناس أحرارًا متساوين في الكرامة والحقوق. ١٢٣",
    "Devanagari": "सभी मनुष्यों को गौरव और अधिकारों के मामले में जन्मजात स्वतन्त्रता और समानता प्राप्त है। १२३",
    "Bengali": "সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে জন্মগ্রহণ করে।",
    "Tamil": "மனிதப் பிறிவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்.",
    "Thai": "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ๑๒๓",
    "Korean": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    "Chinese": "人人生而自由,在尊严和权利上一律平等。二〇一九年",
    "Japanese": "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。カタカナ",
}
EMOJI = "🙂👍🏽👩‍👩‍👧‍👦🏳️‍🌈🇩🇪❤️🤷🏿‍♀️ ☕️✨"
ODD = ["it's we're I'd THEY'LL don’t 'sun ''s'd", "a\u00a0b\u2003c\u3000d\u200be", "x\x1cy\x1dz\x1e\x1f\x85\u2028",
       "½ Ⅷ ² ③ ੩ 𝟘 1,234.5e-6 0x1F", "e\u0301 \u0301x _under_score__ --- ...!?", "<|endoftext|> <|im_start|>",
       "\x00\x01\t\r\n\r\n \n  \n\n\n end   ", "\ufeffa\ufffd\ue000\U0010ffff𐍈𝓐𒀀"]


def numbers(rng: np.random.Generator) -> str:
    return " ".join(f"{number:.{digits}f}" for number, digits in zip(rng.normal(size=40) * 10 ** 6, range(40)))


def spaces(rng: np.random.Generator) -> str:
    return "".join(rng.choice(list("  \n\t\r\u00a0x."), size=200))


def mixed_text(size: int, seed: int = 0) -> str:
    """`size` characters of prose, code, numbers, white space, emoji, twelve scripts and oddities, in small parts."""
    rng, prose = np.random.default_rng(seed), "\n".join(topics.values())
    code = inspect.getsource(typing) + inspect.getsource(json.decoder)
    parts, length = [], 0
    while length < size:
        start = int(rng.integers(0, 90_000))
        parts += [prose[4 * start:4 * start + 600], code[start:start + 600], numbers(rng), spaces(rng),
                  "".join(rng.choice(list(EMOJI), size=20)), EMOJI, *rng.permutation(list(SCRIPTS.values())), *ODD]
        length = sum(map(len, parts))
    return "".join(parts)[:size]
