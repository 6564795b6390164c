"""The trunk that all pages hang on, and the blog. Wagtail's welcome page, which nobody has written, goes."""

import uuid

from django.conf import settings
from django.db import migrations


def _plant(apps, model, title, slug, path, url_path, numchild, locale):
    Model = apps.get_model("content", model)
    content_type, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="content", model=model.lower()
    )
    return Model.objects.create(
        title=title,
        draft_title=title,
        slug=slug,
        path=path,
        depth=len(path) // 4,
        numchild=numchild,
        url_path=url_path,
        content_type=content_type,
        locale=locale,
        translation_key=uuid.uuid4(),
    )


def plant(apps, schema_editor):
    Page = apps.get_model("wagtailcore", "Page")
    Site = apps.get_model("wagtailcore", "Site")
    Locale = apps.get_model("wagtailcore", "Locale")
    ContentType = apps.get_model("contenttypes", "ContentType")
    locale, _ = Locale.objects.get_or_create(language_code=settings.LANGUAGE_CODE)
    Site.objects.all().delete()
    Page.objects.filter(depth__gt=1).delete()
    if not Page.objects.filter(depth=1).exists():
        content_type, _ = ContentType.objects.get_or_create(app_label="wagtailcore", model="page")
        Page.objects.create(
            title="Root",
            draft_title="Root",
            slug="root",
            path="0001",
            depth=1,
            url_path="/",
            content_type=content_type,
            locale=locale,
            translation_key=uuid.uuid4(),
        )
    Page.objects.filter(depth=1).update(numchild=1)
    home = _plant(apps, "ContentHome", "Pages", "shop", "00010001", "/shop/", 1, locale)
    _plant(apps, "BlogIndex", "Blog", "blog", "000100010001", "/shop/blog/", 0, locale)
    Site.objects.create(hostname="localhost", port=80, root_page_id=home.pk, is_default_site=True)


class Migration(migrations.Migration):
    dependencies = [("content", "0002_pages_and_blog"), ("contenttypes", "0002_remove_content_type_name")]
    operations = [migrations.RunPython(plant, migrations.RunPython.noop, elidable=False)]
