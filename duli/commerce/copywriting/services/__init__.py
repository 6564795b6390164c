from duli.commerce.copywriting.services.suggesting import describe_picture as describe_picture
from duli.commerce.copywriting.services.suggesting import suggest_texts as suggest_texts
from duli.commerce.copywriting.services.suggesting import translate_texts as translate_texts
