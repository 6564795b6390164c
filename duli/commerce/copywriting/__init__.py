"""Words for goods, suggested by a language model: written anew, translated, and descriptions of pictures.

Verbs: suggest_texts, translate_texts, describe_picture. They change nothing of a product: what they return stands in
the editor until somebody has read it and saves. What was suggested is marked, so that a text which was taken as it is
can be told from one that a person wrote (`selectors.generated`).
"""
