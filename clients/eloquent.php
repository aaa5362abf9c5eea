<?php
// Eloquent: the scenarios of t/clients.pl in its own idiom.

error_reporting(E_ALL & ~E_DEPRECATED);
require 'Illuminate/Database/autoload.php';
require __DIR__ . '/serve.php';

use Illuminate\Database\Capsule\Manager;
use Illuminate\Database\Eloquent\Model;

$manager = new Manager();
$manager->addConnection([
    'driver' => 'pgsql',
    'host' => getenv('PGHOST'),
    'port' => getenv('PGPORT'),
    'username' => getenv('PGUSER'),
    'database' => getenv('PGDATABASE'),
]);
$manager->setAsGlobal();
$manager->bootEloquent();

class Row extends Model
{
    public $timestamps = false;
    protected $guarded = [];

    public function getTable()
    {
        return strtolower(static::class);
    }
}

// Parent is a word of PHP's.
class ParentRow extends Row
{
    public function getTable()
    {
        return 'parent';
    }

    public function child()
    {
        return $this->hasOne(Child::class, 'parent_id');
    }

    public function draft()
    {
        return $this->hasOne(Draft::class, 'parent_id');
    }

    public function profile()
    {
        return $this->hasOne(Profile::class, 'parent_id');
    }
}

class ChildRow extends Row
{
    public function parent()
    {
        return $this->belongsTo(ParentRow::class, 'parent_id');
    }
}

class Child extends ChildRow
{
}

class Draft extends ChildRow
{
}

class Profile extends ChildRow
{
}

function tables(): void
{
    $schema = Manager::schema();
    $schema->create('parent', function ($table) {
        $table->increments('id');
        $table->text('name')->nullable();
    });
    foreach (['child', 'draft', 'profile'] as $name) {
        $schema->create($name, function ($table) use ($name) {
            $table->increments('id');
            $table->text('name')->nullable();
            $table->unsignedInteger('parent_id')->nullable($name !== 'profile');
            $table->foreign('parent_id')->references('id')->on('parent');
        });
    }
}

function create(string $model): void
{
    $model::create(['name' => 'n', 'parent_id' => 1]);
}

function assign(string $attribute, string $model): void
{
    ParentRow::find(1)->$attribute()->save(new $model(['name' => 'n']));
}

function save_twice(): void
{
    $child = ParentRow::find(1)->child()->save(new Child(['name' => 'n']));
    $child->update(['name' => 'm']);
}

function unset_child(string $attribute): void
{
    ParentRow::find(1)->$attribute->parent()->dissociate()->save();
}

function move(string $model): void
{
    $model::find(1)->parent()->associate(ParentRow::find(2))->save();
}

function swap(string $model): void
{
    Manager::connection()->transaction(function () use ($model) {
        [$one, $two] = [$model::find(1), $model::find(2)];
        [$first, $second] = [$one->parent, $two->parent];
        $one->parent()->associate($second)->save();
        $two->parent()->associate($first)->save();
    });
}

function two_sessions(): void
{
    $parents = [ParentRow::find(3), ParentRow::find(3)];
    foreach ($parents as $parent) {
        $parent->child === null || throw new RuntimeException('there is a child');
    }
    $parents[0]->child()->save(new Child(['name' => 'n']));
    $parents[1]->child()->save(new Child(['name' => 'm']));
}

/** A child that was replaced since it was read. */
function stale(): Child
{
    $child = Child::find(1);
    Manager::connection()->transaction(function () {
        Child::where('id', 1)->update(['parent_id' => null]);
        Child::create(['name' => 'n', 'parent_id' => 1]);
    });
    return $child;
}

serve('Eloquent', version_of('php-illuminate-database'), [
    'tables' => fn () => tables(),
    'create' => fn () => create(Child::class),
    'assign' => fn () => assign('child', Child::class),
    'save_twice' => fn () => save_twice(),
    'unset' => fn () => unset_child('child'),
    'move' => fn () => move(Child::class),
    'swap' => fn () => swap(Child::class),
    'swap_bulk' => fn () => Child::whereIn('id', [1, 2])->update(['parent_id' => Manager::connection()->raw('3 - parent_id')]),
    'create_bulk' => fn () => Child::insert([['name' => 'n', 'parent_id' => 1], ['name' => 'm', 'parent_id' => 2]]),
    'two_sessions' => fn () => two_sessions(),
    'at_once' => fn () => at_once(function () {
        Manager::connection()->reconnect();
        create(Child::class);
    }),
    'upsert_id' => fn () => Child::upsert(['id' => 1, 'name' => 'n', 'parent_id' => 2], 'id'),
    'upsert' => fn () => Child::upsert(['name' => 'n', 'parent_id' => 1], 'parent_id', ['name']),
    'ignore' => fn () => Child::insertOrIgnore([['name' => 'n', 'parent_id' => 1], ['name' => 'm', 'parent_id' => 3]]),
    'find_or_create' => function () {
        Child::firstOrCreate(['parent_id' => 3], ['name' => 'n']);
        Child::firstOrCreate(['parent_id' => 3], ['name' => 'n']);
    },
    'stale_changed' => fn () => stale()->update(['name' => 'm']),
    'draft_create' => fn () => create(Draft::class),
    'draft_assign' => fn () => assign('draft', Draft::class),
    'draft_unset' => fn () => unset_child('draft'),
    'draft_move' => fn () => move(Draft::class),
    'draft_swap' => fn () => swap(Draft::class),
    'draft_parent' => fn () => ParentRow::find(1)->delete(),
    'profile_create' => fn () => create(Profile::class),
    'profile_assign' => fn () => assign('profile', Profile::class),
    'profile_move' => fn () => move(Profile::class),
]);
