from django.db import models


class Owner(models.Model):
    name = models.TextField(default='')


class Shop(models.Model):
    # was Shop.parent, and ids were integers
    owner = models.OneToOneField(Owner, models.SET_NULL, null=True, related_name='only_shop')


class Item(models.Model):
    shop = models.ForeignKey(Shop, models.CASCADE)
    like = models.ForeignKey('self', models.SET_NULL, null=True, related_name='alikes')


class Tag(models.Model):
    word = models.TextField(primary_key=True)


class Topic(models.Model):
    tags = models.ManyToManyField(Tag, related_name='topics')


class Special(Item):
    pass


class License(models.Model):
    # Django loses the key of a hidden relation when its target's id changes
    topic = models.OneToOneField(Topic, models.CASCADE, related_name='+')


class Passport(models.Model):
    owner = models.OneToOneField(Owner, models.CASCADE)
