"""The trunk that all pages hang on, and the blog. Wagtail's welcome page, which nobody has written, goes."""

import django.db.models.deletion
import duli.growth.content.body
import duli.growth.content.models.pages
import modelcluster.contrib.taggit
import modelcluster.fields
from django.db import migrations, models
import uuid
from django.conf import settings


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
    initial = True

    replaces = [
        ("content", "0001_initial"),
        ("content", "0002_pages_and_blog"),
        ("content", "0003_tree_of_pages"),
    ]

    dependencies = [
        ("contenttypes", "0002_remove_content_type_name"),
        ("accounts", "0001_squashed_0003_invitations_and_sessions"),
        ("media", "0001_squashed_0002_private_files"),
        ("wagtailcore", "0097_baselogentry_uuid_action_timestamp_indexes"),
    ]

    operations = [
        migrations.CreateModel(
            name="BlogIndex",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="wagtailcore.page",
                    ),
                ),
            ],
            options={
                "verbose_name": "Blog",
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="BlogTag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True, verbose_name="name")),
                ("slug", models.SlugField(allow_unicode=True, max_length=100, unique=True, verbose_name="slug")),
            ],
            options={
                "verbose_name": "Topic",
                "verbose_name_plural": "Topics",
            },
        ),
        migrations.CreateModel(
            name="ContentHome",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="wagtailcore.page",
                    ),
                ),
            ],
            options={
                "verbose_name": "Pages",
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="Page",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("handle", models.CharField(max_length=160, unique=True)),
                ("title", models.CharField(max_length=200)),
                ("body_html", models.TextField(blank=True)),
                ("seo_title", models.CharField(blank=True, max_length=200)),
                ("seo_description", models.CharField(blank=True, max_length=400)),
                (
                    "menu",
                    models.CharField(
                        choices=[("help", "Help"), ("about", "About us"), ("none", "In no menu")],
                        default="none",
                        max_length=10,
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("is_published", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Editor",
            fields=[],
            options={
                "proxy": True,
                "default_permissions": (),
                "indexes": [],
                "constraints": [],
            },
            bases=("accounts.user",),
        ),
        migrations.CreateModel(
            name="BlogPost",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="wagtailcore.page",
                    ),
                ),
                (
                    "date",
                    models.DateField(
                        default=duli.growth.content.models.pages._today,
                        help_text="Shown above the post; the newest stands first.",
                        verbose_name="Date",
                    ),
                ),
                ("author", models.CharField(blank=True, max_length=120, verbose_name="Author")),
                (
                    "excerpt",
                    models.TextField(
                        blank=True,
                        help_text="One or two sentences for the list of posts.",
                        max_length=400,
                        verbose_name="Excerpt",
                    ),
                ),
                ("body", duli.growth.content.body.BodyField(blank=True, verbose_name="Content")),
                (
                    "cover",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="media.asset",
                        verbose_name="Cover",
                    ),
                ),
            ],
            options={
                "verbose_name": "Blog post",
                "verbose_name_plural": "Blog posts",
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="StandardPage",
            fields=[
                (
                    "page_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="wagtailcore.page",
                    ),
                ),
                ("body", duli.growth.content.body.BodyField(blank=True, verbose_name="Content")),
                (
                    "menu",
                    models.CharField(
                        choices=[("help", "Help"), ("about", "About us"), ("none", "In no menu")],
                        default="none",
                        help_text="Where the footer of the shop links to this page.",
                        max_length=10,
                        verbose_name="Menu",
                    ),
                ),
                (
                    "cover",
                    models.ForeignKey(
                        blank=True,
                        help_text="Shown when the page is shared.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="media.asset",
                        verbose_name="Picture",
                    ),
                ),
            ],
            options={
                "verbose_name": "Page",
                "verbose_name_plural": "Pages",
            },
            bases=("wagtailcore.page",),
        ),
        migrations.CreateModel(
            name="TaggedPost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "content_object",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tagged", to="content.blogpost"
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="posts", to="content.blogtag"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="blogpost",
            name="tags",
            field=modelcluster.contrib.taggit.ClusterTaggableManager(
                blank=True,
                help_text="A comma-separated list of tags.",
                through="content.TaggedPost",
                to="content.BlogTag",
                verbose_name="Topics",
            ),
        ),
        migrations.CreateModel(
            name="PageText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "language",
                    models.CharField(
                        default=duli.growth.content.models.pages._other_language, max_length=12, verbose_name="Language"
                    ),
                ),
                ("title", models.CharField(max_length=255, verbose_name="Title")),
                ("excerpt", models.TextField(blank=True, max_length=400, verbose_name="Excerpt")),
                ("body", duli.growth.content.body.BodyField(blank=True, verbose_name="Content")),
                ("seo_title", models.CharField(blank=True, max_length=200, verbose_name="Title for search engines")),
                (
                    "seo_description",
                    models.CharField(blank=True, max_length=400, verbose_name="Description for search engines"),
                ),
                (
                    "page",
                    modelcluster.fields.ParentalKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="texts", to="wagtailcore.page"
                    ),
                ),
            ],
            options={
                "verbose_name": "Translation",
                "constraints": [models.UniqueConstraint(fields=("page", "language"), name="one_text_per_language")],
            },
        ),
        migrations.AddConstraint(
            model_name="taggedpost",
            constraint=models.UniqueConstraint(fields=("tag", "content_object"), name="post_has_a_topic_once"),
        ),
        migrations.AddIndex(
            model_name="blogpost",
            index=models.Index(fields=["-date", "-page_ptr"], name="post_newest"),
        ),
        migrations.RunPython(plant, migrations.RunPython.noop, elidable=False),
    ]
